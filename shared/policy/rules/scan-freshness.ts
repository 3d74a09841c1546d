import type { ScanReport } from "../../domain/evidence.ts";
import { add, between, type Duration, type Instant, instant, parseDuration, printDuration, printMinute } from "../../domain/time.ts";
import { unscanned } from "../evidence-words.ts";
import { duration } from "../field.ts";
import { defineRule, type Fact, type Judgement } from "../rule.ts";

// Clocks of scanners run ahead by minutes. A report from further ahead would stay fresh for as long as it likes.
const CLOCK_SKEW = parseDuration("10m");

/** Scanned lately, with vulnerability data that was made lately. The newest report counts. */
export const scanFreshness = defineRule({
  kind: "scan-freshness",
  doc: "Scanned lately, with vulnerability data that was made lately.",
  scope: "each-image",
  shape: () => ({
    maxAge: duration().describe("Greatest age of the newest scan."),
    maxDatabaseAge: duration().optional().describe("Greatest age of the vulnerability data that the scan used."),
  }),
  judge: ({ maxAge, maxDatabaseAge }, { evidence: { findings }, now }): Judgement => {
    if (findings.kind !== "reported" && findings.kind !== "stale") return { facts: [unscanned(findings)] };
    const scan = judgeAge(
      SCAN,
      newest(findings.reports, (report) => report.scannedAt, now),
      maxAge,
      now,
    );
    const database =
      maxDatabaseAge === undefined
        ? FRESH
        : judgeAge(
            DATABASE,
            newest(findings.reports, (report) => report.databaseAt, now),
            maxDatabaseAge,
            now,
          );
    const own = findings.kind === "stale" && scan.facts.length === 0 ? [unscanned(findings)] : [];
    const times = [scan.recheckAt, database.recheckAt].filter((time) => time !== undefined);
    return { facts: [...own, ...scan.facts, ...database.facts], ...(times.length === 0 ? {} : { recheckAt: instant(Math.min(...times)) }) };
  },
});

interface Dated {
  readonly key: string;
  readonly what: string;
  readonly remedy: string;
}

const SCAN: Dated = { key: "scan", what: "newest scan", remedy: "scan it again" };
const DATABASE: Dated = { key: "database", what: "vulnerability data", remedy: "update the scanner's data and scan again" };
const FRESH: Judgement = { facts: [] };

type Newest = { readonly at: Instant } | { readonly missing: "undated" | "future" };

function newest(reports: readonly ScanReport[], time: (report: ScanReport) => Instant | "unknown", now: Instant): Newest {
  const known = reports.map(time).filter((at) => at !== "unknown");
  const past = known.filter((at) => at <= now + CLOCK_SKEW);
  if (past.length > 0) return { at: instant(Math.max(...past)) };
  return { missing: known.length > 0 ? "future" : "undated" };
}

function judgeAge(dated: Dated, found: Newest, limit: Duration, now: Instant): Judgement {
  if ("missing" in found) return { facts: [undatedFact(dated, found.missing)] };
  const age = between(found.at, now);
  if (age <= limit) return { facts: [], recheckAt: add(found.at, (limit + 1) as Duration) };
  const message = `${dated.what} is ${printDuration(age)} old (of ${printMinute(found.at)}), limit ${printDuration(limit)}`;
  return { facts: [{ status: "violated", about: [dated.key], message, remedy: dated.remedy, severity: "medium" }] };
}

function undatedFact({ key, what, remedy }: Dated, missing: "undated" | "future"): Fact {
  const message = missing === "future" ? `${what} is dated in the future` : `${what} is of unknown age`;
  return { status: "unknown", about: [key], message, remedy, severity: "unknown" };
}

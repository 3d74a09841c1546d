import type { Digest } from "../domain/digest.ts";
import { SEVERITIES, type Severity } from "../domain/severity.ts";
import type { Concern, Level, Reason } from "../domain/verdict.ts";
import type { AppliedRule } from "./applied.ts";
import type { Fact } from "./rule.ts";

/** Names one fact of one rule for as long as both stand: rule, what it is about, and the child where there is one. */
function reasonKey(ruleId: string, about: readonly string[], child: Digest | undefined): string {
  // Names come out of reports: a separator in one of them must not make two facts look alike.
  return [ruleId, ...about, ...(child === undefined ? [] : [child])]
    .map((part) => part.toWellFormed().replace(/[%|\p{Cc}]/gu, encodeURIComponent))
    .join("|");
}

export function toReason({ rule, level, enforceFrom, because }: AppliedRule, fact: Fact, child?: Digest): Reason {
  const { about, status, message, remedy, severity } = fact;
  const concerns = concernOf(fact);
  return {
    status,
    message,
    remedy,
    severity,
    key: reasonKey(rule.id, about, child),
    ruleId: rule.id,
    rule: rule.rule,
    level,
    place: rule.place,
    ...(child === undefined ? {} : { child }),
    ...(enforceFrom === undefined ? {} : { enforceFrom }),
    ...(because === undefined ? {} : { because }),
    ...(concerns === undefined ? {} : { concerns }),
  };
}

const MOST_NAMED = 10;

function concernOf({ finding, package: named }: Fact): Concern | undefined {
  if (finding === undefined)
    return named === undefined ? undefined : { vulnerabilities: [], package: named.name, versions: [named.version] };
  const ids = new Set(finding.told.map(({ id }) => id));
  return {
    vulnerabilities: [...ids].sort().slice(0, MOST_NAMED),
    package: finding.package,
    versions: finding.versions.slice(0, MOST_NAMED),
  };
}

/** One reason for each key, the one that decides first: two files of a policy may both have the rule. */
export function distinct<Each extends Reason>(ordered: readonly Each[]): readonly Each[] {
  const keys = new Set<string>();
  return ordered.filter(({ key }) => !keys.has(key) && keys.add(key));
}

const LEVELS: readonly Level[] = ["enforce", "warn", "audit"];

/** What decides first: level, then known before unknown, then the more severe. Ties go by key, so that the order is always the same. */
export function inOrder<Each extends Reason>(reasons: readonly Each[]): readonly Each[] {
  return reasons.toSorted(
    (a, b) =>
      LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) ||
      statusOf(a) - statusOf(b) ||
      rank(b.severity) - rank(a.severity) ||
      compare(a.key, b.key),
  );
}

function statusOf({ status }: Reason): number {
  return status === "violated" ? 0 : 1;
}

// Between low and medium, as unknown is no better than low.
function rank(severity: Severity): number {
  return severity === "unknown" ? 1.5 : SEVERITIES.indexOf(severity);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Violated reasons of one rule that a verdict tells. */
export const MOST_TOLD = 200;

/** At most 200 reasons of one rule, the last of which then counts the rest: a verdict has to fit into an event. Unknown facts all stay. */
export function capped(rule: AppliedRule, reasons: readonly Reason[]): readonly Reason[] {
  const violated = inOrder(reasons.filter((reason) => reason.status === "violated"));
  const worst = violated[MOST_TOLD - 1];
  if (violated.length <= MOST_TOLD || worst === undefined) return reasons;
  const left = violated.length - MOST_TOLD + 1;
  const rest = toReason(rule, {
    status: "violated",
    about: ["more"],
    message: `${left} more like these`,
    remedy: "see the reports for all of them",
    severity: worst.severity,
  });
  return [...violated.slice(0, MOST_TOLD - 1), rest, ...reasons.filter((reason) => reason.status === "unknown")];
}

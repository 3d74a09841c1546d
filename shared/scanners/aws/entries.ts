import type { Digest } from "../../domain/digest.ts";
import type { Finding } from "../../domain/finding.ts";
import type { Instant } from "../../domain/time.ts";
import type { ReadReport } from "../../ports/findings-source.ts";
import { count, onlyDigest } from "../../runtime/lenient.ts";
import { readInspectorFinding } from "./finding.ts";
import type { InspectorFinding } from "./schema.ts";
import { readAwsTime } from "./time.ts";

export interface Entries {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  /** Vulnerabilities without an id. */
  readonly nameless: number;
  readonly subject: Digest | undefined;
  readonly lastSeenAt: Instant | "unknown";
}

/**
 * Reads Inspector2's findings. Closed ones do not count, and are no sign that anything was mended either: Inspector closes all findings of
 * an image that it stops to look at.
 */
export function readEntries(entries: readonly InspectorFinding[]): Entries {
  const open = entries.filter(({ status }) => status !== "CLOSED");
  const read = open.flatMap((entry) =>
    isVulnerability(entry) ? [readInspectorFinding(entry, entry.packageVulnerabilityDetails ?? {})] : [],
  );
  const nameless = read.filter((findings) => findings.length === 0).length;
  const images = new Set(open.flatMap(imagesOf));
  return {
    findings: read.flat(),
    nameless,
    notes: notesOn({ closed: entries.length - open.length, others: open.length - read.length, nameless, images: images.size }),
    subject: onlyDigest([...images]),
    lastSeenAt: latest(open.map((entry) => readAwsTime(entry.lastObservedAt))),
  };
}

// Inspector also reports on code and on networks; without a type it is what it tells of.
function isVulnerability({ type, packageVulnerabilityDetails }: InspectorFinding): boolean {
  return type ? type === "PACKAGE_VULNERABILITY" : packageVulnerabilityDetails !== undefined && packageVulnerabilityDetails !== null;
}

function imagesOf({ resources }: InspectorFinding): readonly string[] {
  return (resources ?? []).flatMap(
    ({ id, details }) =>
      details?.awsEcrContainerImage?.imageHash ?? details?.image?.imageDigest ?? /sha256:[0-9a-f]{64}$/.exec(id ?? "")?.[0] ?? [],
  );
}

export interface LeftOut {
  readonly closed: number;
  readonly others: number;
  readonly nameless: number;
  readonly images: number;
}

export function notesOn({ closed, others, nameless, images }: LeftOut): readonly string[] {
  return [
    ...(closed === 0 ? [] : [`${count(closed, "finding", "findings")} left out that the scanner has closed`]),
    ...(others === 0
      ? []
      : [`${count(others, "finding", "findings")} left out that ${others === 1 ? "is" : "are"} no vulnerability of a package`]),
    ...(nameless === 0 ? [] : [`${count(nameless, "vulnerability", "vulnerabilities")} without an id left out`]),
    ...(images < 2 ? [] : [`tells of ${images} images`]),
  ];
}

export function latest(times: readonly (Instant | undefined)[]): Instant | "unknown" {
  return times.reduce<Instant | "unknown">((last, at) => (at === undefined || (last !== "unknown" && last >= at) ? last : at), "unknown");
}

/** A list of findings tells what was found, never that the scan is complete: without a vulnerability it says nothing. */
export function reportOf(scanner: string, { findings, notes, nameless, subject, lastSeenAt }: Entries): ReadReport {
  if (findings.length === 0 && nameless > 0) return { kind: "malformed", why: "no vulnerability in the list has an id" };
  const why = ["the list holds no open vulnerability, and does not say that the image was scanned", ...notes].join("; ");
  if (findings.length === 0) return { kind: "unsupported", why };
  return {
    kind: "report",
    report: { scanner, scannedAt: lastSeenAt, databaseAt: "unknown", findings },
    ...(subject === undefined ? {} : { subject }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

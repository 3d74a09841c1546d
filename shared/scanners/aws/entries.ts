import type { Digest } from "../../domain/digest.ts";
import type { Finding } from "../../domain/finding.ts";
import { atLeast, type Severity, severityFromWord } from "../../domain/severity.ts";
import type { Instant } from "../../domain/time.ts";
import type { ReadReport } from "../../ports/findings-source.ts";
import { count, onlyDigest } from "../../runtime/lenient.ts";
import { readInspectorFinding } from "./finding.ts";
import { type InspectorFinding, UNTOLD } from "./schema.ts";
import { readAwsTime } from "./time.ts";

export interface Entries {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  /** Severities of the vulnerabilities that nothing names. */
  readonly nameless: readonly Severity[];
  readonly subject: Digest | undefined;
  readonly lastSeenAt: Instant | "unknown";
}

export interface InspectorEntries extends Entries {
  /** What each vulnerability comes to. */
  readonly read: readonly { readonly entry: InspectorFinding; readonly findings: readonly Finding[] }[];
  /** Open entries of a kind that is not known, which may be vulnerabilities or not. */
  readonly strange: number;
}

/**
 * Reads Inspector2's findings. Closed ones do not count, and are no sign that anything was mended either: Inspector closes all findings of
 * an image that it stops to look at.
 */
export function readEntries(entries: readonly InspectorFinding[]): InspectorEntries {
  const open = entries.filter(({ status }) => status !== "CLOSED");
  const vulnerable = open.filter(isVulnerability);
  const read = vulnerable.map((entry) => ({ entry, findings: readInspectorFinding(entry, entry.packageVulnerabilityDetails ?? UNTOLD) }));
  const nameless = read.filter(({ findings }) => findings.length === 0).map(({ entry }) => severityFromWord(entry.severity ?? undefined));
  const images = new Set(open.flatMap(imagesOf));
  const others = open.length - vulnerable.length;
  return {
    read,
    findings: read.flatMap(({ findings }) => findings),
    nameless,
    strange: others - open.filter(({ type }) => isOther(type)).length,
    notes: notesOn({ closed: entries.length - open.length, others, nameless, images: images.size }),
    subject: onlyDigest([...images]),
    lastSeenAt: latest(open.map((entry) => readAwsTime(entry.lastObservedAt))),
  };
}

// Inspector also reports on code and on networks; without a type, and of one that is not known, it is what it tells of.
function isVulnerability({ type, packageVulnerabilityDetails }: InspectorFinding): boolean {
  return (
    type === "PACKAGE_VULNERABILITY" ||
    (!isOther(type) && packageVulnerabilityDetails !== undefined && packageVulnerabilityDetails !== null)
  );
}

// Service model inspector2: FindingType.
function isOther(type: string | null | undefined): boolean {
  return type === "CODE_VULNERABILITY" || type === "NETWORK_REACHABILITY";
}

/** Why vulnerabilities that nothing names forbid a report: one of them may be graver than all that were read and count. */
export function whyNotNamed(nameless: readonly Severity[], findings: readonly Finding[]): string | undefined {
  const read = findings.filter(({ status }) => status === undefined).map(({ severity }) => severity);
  const graver = nameless.filter((severity) => !read.some((known) => isAsGrave(known, severity)));
  if (graver.length === 0) return undefined;
  return `${count(graver.length, "vulnerability", "vulnerabilities")} without an id may be graver than all others in the list`;
}

function isAsGrave(known: Severity, other: Severity): boolean {
  if (known === "critical" || known === other) return true;
  return known !== "unknown" && other !== "unknown" && atLeast(known, other);
}

function imagesOf({ resources }: InspectorFinding): readonly string[] {
  return resources.flatMap(
    ({ id, details }) =>
      details?.awsEcrContainerImage?.imageHash ?? details?.image?.imageDigest ?? /sha256:[0-9a-f]{64}$/.exec(id ?? "")?.[0] ?? [],
  );
}

export interface LeftOut {
  readonly closed: number;
  readonly others: number;
  readonly nameless: readonly Severity[];
  readonly images: number;
}

export function notesOn({ closed, others, nameless, images }: LeftOut): readonly string[] {
  return [
    ...(closed === 0 ? [] : [`${count(closed, "finding", "findings")} left out that the scanner has closed`]),
    ...(others === 0
      ? []
      : [`${count(others, "finding", "findings")} left out that ${others === 1 ? "is" : "are"} no vulnerability of a package`]),
    ...(nameless.length === 0 ? [] : [`${count(nameless.length, "vulnerability", "vulnerabilities")} without an id left out`]),
    ...(images < 2 ? [] : [`tells of ${images} images`]),
  ];
}

export function latest(times: readonly (Instant | undefined)[]): Instant | "unknown" {
  return times.reduce<Instant | "unknown">((last, at) => (at === undefined || (last !== "unknown" && last >= at) ? last : at), "unknown");
}

/** A list of findings tells what was found, never that the scan is complete: without a vulnerability it says nothing. */
export function reportOf(scanner: string, { findings, notes, nameless, subject, lastSeenAt }: Entries): ReadReport {
  const unnamed = whyNotNamed(nameless, findings);
  if (unnamed !== undefined) return { kind: "malformed", why: unnamed };
  const why = ["the list holds no open vulnerability, and does not say that the image was scanned", ...notes].join("; ");
  if (findings.length === 0) return { kind: "unsupported", why };
  return {
    kind: "report",
    report: { scanner, scannedAt: lastSeenAt, databaseAt: "unknown", findings },
    ...(subject === undefined ? {} : { subject }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

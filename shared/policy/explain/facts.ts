import { shortDigest } from "../../domain/digest.ts";
import type { EvidenceSummary, ImageRecord, Retagged } from "../../domain/image-record.ts";
import type { Publication } from "../../domain/publication.ts";
import { SEVERITIES } from "../../domain/severity.ts";
import { between, type Instant, printDuration } from "../../domain/time.ts";

/** The evidence in a few words each, with its age. What was not looked at is said to be so. */
export function factsOf({ evidence, verdict, published, retagged }: ImageRecord, now: Instant): readonly string[] {
  return [
    findingsWords(evidence.findings, now),
    signatureWords(evidence.signatures),
    ...(verdict === undefined ? [] : [`judged ${printAgo(verdict.judgedAt, now)}`]),
    ...(published === undefined ? [] : [publicationWords(published, now)]),
    ...(retagged === undefined ? [] : tagWords(retagged)),
  ];
}

function tagWords({ standing, left }: Retagged): readonly string[] {
  return [
    ...standing.map(({ purpose, tag, to }) =>
      purpose === "mark" ? `marked as ${tag}` : `tag ${tag} rolled back to ${to === "absent" ? "nothing" : shortDigest(to)}`,
    ),
    ...left.map(({ tag, why }) => `tag ${tag} left as it is: ${why}`),
  ];
}

function publicationWords({ at, manifests, subjects, skipped, fault }: Publication, now: Instant): string {
  const children = subjects.length > 1 ? ` of it and ${subjects.length - 1} of its children` : "";
  const stands = manifests.length === 0 ? "no signed verdict stands beside it" : `signed verdict${children} published ${printAgo(at, now)}`;
  const without = skipped.length === 0 ? "" : ` (not as ${skipped.join(", ")})`;
  return fault === undefined ? `${stands}${without}` : `${stands}${without}; the last try failed ${printAgo(fault.at, now)}: ${fault.why}`;
}

function findingsWords({ kind, counts, scannedAt, why }: EvidenceSummary["findings"], now: Instant): string {
  const because = why === undefined ? "" : `: ${why}`;
  if (kind !== "reported") return `${KINDS[kind] ?? kind}${because}`;
  const found = ["unknown", ...SEVERITIES]
    .reverse()
    .flatMap((severity) => ((counts[severity] ?? 0) > 0 ? [`${counts[severity]} ${severity}`] : []));
  return `scanned ${scannedAt === undefined ? "at an unknown time" : printAgo(scannedAt, now)}: ${found.length === 0 ? "nothing found" : found.join(", ")}${why === undefined ? "" : ` (${why})`}`;
}

// The kinds of FindingsEvidence.
const KINDS: Readonly<Record<string, string>> = {
  absent: "never scanned",
  pending: "scan running",
  failed: "scan failed",
  unsupported: "cannot be scanned",
  stale: "scanned too long ago",
  unavailable: "could not ask for scans",
};

function signatureWords({ kind, verified, found, why }: EvidenceSummary["signatures"]): string {
  const because = why === undefined ? "" : `: ${why}`;
  if (kind === "partial" && verified.length > 0)
    return `signed by ${verified.join(", ")}; other signatures could not be asked for${because}`;
  if (kind !== "examined") return `signatures ${kind === "pending" ? "are being examined" : "could not be asked for"}${because}`;
  if (verified.length > 0) return `signed by ${verified.join(", ")}`;
  return found === 0 ? "no signature" : `${found} ${found === 1 ? "signature" : "signatures"}, none by a trusted key`;
}

/** `3 d 4 h ago`. */
export function printAgo(at: Instant, now: Instant): string {
  return `${printDuration(between(at, now))} ago`;
}

import type { FindingsEvidence, ImageEvidence, SignatureEvidence } from "../domain/evidence.ts";
import type { EvidenceSummary } from "../domain/image-record.ts";
import { type Instant, instant } from "../domain/time.ts";

/** Counts and ages of an image's evidence for lists and pages; an index counts with its children. */
export function summarise(evidence: ImageEvidence): EvidenceSummary {
  const all = flatten(evidence);
  return { findings: summariseFindings(all.map((each) => each.findings)), signatures: summariseSignatures(evidence.signatures) };
}

function flatten(evidence: ImageEvidence): readonly ImageEvidence[] {
  return [evidence, ...evidence.children.flatMap(flatten)];
}

function summariseFindings(all: readonly FindingsEvidence[]): EvidenceSummary["findings"] {
  const reports = all.flatMap((findings) => (findings.kind === "reported" ? findings.reports : []));
  if (reports.length === 0) {
    const telling = all.find((findings) => findings.kind !== "absent") ?? { kind: "absent" as const };
    return { kind: telling.kind, counts: {}, ...("why" in telling ? { why: telling.why } : {}) };
  }
  const counts: Record<string, number> = {};
  for (const finding of reports.flatMap((report) => report.findings)) counts[finding.severity] = (counts[finding.severity] ?? 0) + 1;
  const scannedAt = oldest(reports.map((report) => report.scannedAt));
  const notes = all.flatMap((findings) => (findings.kind === "reported" ? (findings.notes ?? []) : []));
  return {
    kind: "reported",
    counts,
    ...(scannedAt === undefined ? {} : { scannedAt }),
    ...(notes.length === 0 ? {} : { why: notes.join("; ") }),
  };
}

function oldest(times: readonly (Instant | "unknown")[]): Instant | undefined {
  const known = times.filter((time) => time !== "unknown");
  return known.length === 0 ? undefined : instant(Math.min(...known));
}

function summariseSignatures(signatures: SignatureEvidence): EvidenceSummary["signatures"] {
  if (!("signatures" in signatures)) return { kind: signatures.kind, verified: [], found: 0, why: signatures.why };
  const verified = signatures.signatures.flatMap((fact) => (fact.code === "ok" && fact.identity !== undefined ? [fact.identity] : []));
  const why = signatures.kind === "partial" ? { why: signatures.why } : {};
  return { kind: signatures.kind, verified: [...new Set(verified)], found: signatures.signatures.length, ...why };
}

import type { Digest } from "../domain/digest.ts";
import { type FindingsEvidence, type ImageEvidence, reportsIn, type ScanReport } from "../domain/evidence.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { JudgeDeps } from "./deps.ts";

/**
 * While an image is held its registry's scanner cannot pull it either, and what it had found is dropped: that goes on to count, as old as it is, until the
 * image can be scanned again. Where a hold is under way it may be so already. What could not be asked for is left open, and what was known is kept beside it: nobody
 * could ask for it later.
 */
export async function withEarlierScans(
  { evidence: store }: Pick<JudgeDeps, "evidence">,
  record: Pick<ImageRecord, "key" | "hold" | "pending"> | undefined,
  evidence: ImageEvidence,
): Promise<ImageEvidence> {
  if (store === undefined || record === undefined || !isShut(record) || !lacksScan(evidence)) return evidence;
  const earlier = await store.last(record.key);
  return earlier === undefined ? evidence : restored(evidence, scansIn(earlier.evidence));
}

function isShut({ hold, pending }: Pick<ImageRecord, "hold" | "pending">): boolean {
  return hold.kind === "held" || pending?.verb === "hold";
}

function lacksScan({ findings, children }: ImageEvidence): boolean {
  return isLacking(findings) || children.some(lacksScan);
}

function isLacking(findings: FindingsEvidence): boolean {
  return ownScans(findings).length === 0;
}

type Scans = ReadonlyMap<Digest, readonly ScanReport[]>;

/** Of the image and of all that it names, by digest. */
function scansIn(evidence: ImageEvidence): Scans {
  const { subject, findings, children } = evidence;
  return new Map([[subject.digest, ownScans(findings)], ...children.flatMap((child) => [...scansIn(child)])]);
}

/** Reports of others are where they are, whatever becomes of the image. */
function ownScans(findings: FindingsEvidence): readonly ScanReport[] {
  return reportsIn(findings).filter(({ origin }) => origin === "registry");
}

function restored(evidence: ImageEvidence, scans: Scans): ImageEvidence {
  const { subject, findings, children } = evidence;
  const [first, ...others] = isLacking(findings) ? (scans.get(subject.digest) ?? []) : [];
  const all = children.map((child) => restored(child, scans));
  return { ...evidence, findings: first === undefined ? findings : joined(findings, [first, ...others]), children: all };
}

/** A report with the time of its scan, like any other: rules on the age of scans judge it by that. */
function joined(findings: FindingsEvidence, earlier: readonly [ScanReport, ...ScanReport[]]): FindingsEvidence {
  if (findings.kind === "unavailable") return { ...findings, reports: earlier };
  const now = findings.kind === "reported" ? (findings.notes ?? []) : [findings.why ?? "there is no report of it now"];
  const notes = [...now, "the report of the registry is that from before the hold"];
  return { kind: "reported", reports: [...earlier, ...reportsIn(findings)], notes };
}

import type { ScanReport } from "../../../shared/domain/evidence.ts";
import type { Finding } from "../../../shared/domain/finding.ts";
import type { ReadReport } from "../../../shared/ports/findings-source.ts";

export function reportOf(read: ReadReport): Omit<ScanReport, "origin" | "digest"> {
  if (read.kind !== "report") throw new Error(JSON.stringify(read));
  return read.report;
}

export function findingsOf(read: ReadReport): readonly Finding[] {
  return reportOf(read).findings;
}

export function firstOf(read: ReadReport): Finding {
  const [first] = findingsOf(read);
  if (first === undefined) throw new Error("no finding");
  return first;
}

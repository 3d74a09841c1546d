import { execFileSync } from "node:child_process";
import { createReadStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseDigest } from "../../shared/domain/digest.ts";
import { prune, tryReport } from "../../shared/scanners/reading.ts";
import { trivy } from "../../shared/scanners/trivy/index.ts";
import { round } from "./stats.ts";

const MIB = 1024 * 1024;
const REPORT_MIB = 300;
const WRITER = fileURLToPath(new URL("write-report.ts", import.meta.url));
const IMAGE = parseDigest(`sha256:${"1".repeat(64)}`);

/** A Trivy report of 300 MiB, read from a file as an attached one is read: seconds, and the largest resident set before and after. */
export async function report(): Promise<readonly object[]> {
  const folder = mkdtempSync(join(tmpdir(), "moorgate-bench-"));
  try {
    const file = join(folder, "report.json");
    // Written by a process of its own, whose memory is not measured.
    const entries = Number(execFileSync(process.execPath, [WRITER, file, String(REPORT_MIB * MIB)], { encoding: "utf8" }));
    const before = maxRssMiB();
    const startedAt = performance.now();
    const content = await prune(createReadStream(file, { highWaterMark: 64 * 1024 }), [trivy], "report");
    const prunedAt = performance.now();
    const tried = tryReport({ image: IMAGE, content, digest: IMAGE, origin: "attached", place: "report", batch: "report", named: trivy }, [
      trivy,
    ]);
    const readAt = performance.now();
    if (tried.kind !== "report" || tried.report.findings.length !== entries) throw new Error(`the report was read as ${tried.kind}`);
    return [
      {
        name: "Trivy report, streamed",
        reportMiB: round(statSync(file).size / MIB),
        findings: entries,
        secondsToPrune: round((prunedAt - startedAt) / 1_000),
        secondsToRead: round((readAt - prunedAt) / 1_000),
        maxRssBeforeMiB: round(before),
        maxRssMiB: round(maxRssMiB()),
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function maxRssMiB(): number {
  return process.resourceUsage().maxRSS / 1024;
}

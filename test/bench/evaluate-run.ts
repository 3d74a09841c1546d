import { readFileSync, writeFileSync } from "node:fs";
import { parseDigest } from "../../shared/domain/digest.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../shared/domain/threat.ts";
import { instant } from "../../shared/domain/time.ts";
import type { VerdictKind } from "../../shared/domain/verdict.ts";
import { parsePolicySet } from "../../shared/policy/document.ts";
import { openTally, type Tally } from "../../shared/policy/tally/tally.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { policyTexts } from "./evaluate-policy.ts";
import type { PolicyFacts } from "./inventory.ts";
import { round } from "./stats.ts";

/** What the measuring process is told. */
export interface RunSetup {
  readonly store: string;
  readonly facts: PolicyFacts;
  readonly verdicts?: string;
}

/** Counts of all images. */
interface Sum {
  images: number;
  findings: number;
  denials: number;
  readonly verdicts: Record<VerdictKind, number>;
  readonly lines: string[];
}

const { store: file, facts, verdicts }: RunSetup = JSON.parse(readFileSync(0, "utf8"));
const now = instant(facts.now);
const texts = policyTexts(facts);
const policy = parsePolicySet(texts.root, texts.included, "bench");

async function judgeAll(exploited: readonly string[], wanted: ReadonlySet<string> | undefined): Promise<Sum> {
  const store = openSqliteStore({ file, signHead: () => "" });
  const tally = openTally(policy, now, threatsWith(exploited));
  const sum: Sum = { images: 0, findings: 0, denials: 0, verdicts: { compliant: 0, violating: 0, indeterminate: 0 }, lines: [] };
  for await (const { image, tags, evidence } of store.evidence.entries(now)) {
    if (wanted !== undefined && !wanted.has(image.digest)) continue;
    const judged = tally({ registry: image.registry, repository: image.repository, tags }, evidence);
    add(sum, judged, evidence.findings.kind === "reported" ? evidence.findings.reports[0].findings.length : 0);
    if (verdicts !== undefined) sum.lines.push(`${image.digest} ${judged.violated}`);
  }
  await store.close();
  return sum;
}

function add(sum: Sum, judged: Tally, findings: number): void {
  sum.images += 1;
  sum.findings += findings;
  sum.denials += judged.violated;
  sum.verdicts[judged.kind] += 1;
}

function threatsWith(ids: readonly string[]): ThreatFacts {
  const entries = new Map(ids.map((id) => [id, { addedAt: now, usedByRansomware: "unknown" as const }]));
  return { ...NO_THREAT_FACTS, knownExploited: { kind: "read", digest: parseDigest(`sha256:${"0".repeat(64)}`), madeAt: now, entries } };
}

function report(name: string, startedAt: number, cpu: NodeJS.CpuUsage, sum: Omit<Sum, "lines">): void {
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const usage = { cpuSeconds: round((user + system) / 1e6), maxRssMiB: round(process.resourceUsage().maxRSS / 1_024) };
  const { images, findings, denials, verdicts: kinds } = sum;
  const rates = { perSecond: round(images / seconds), findingsPerSecond: round(findings / seconds) };
  process.stdout.write(`${JSON.stringify({ name, images, findings, denials, ...kinds, seconds: round(seconds), ...usage, ...rates })}\n`);
}

const startedAt = performance.now();
const cpu = process.cpuUsage();
const { lines, ...sum } = await judgeAll(facts.knownExploited, undefined);
report("evaluate, from disk to verdicts", startedAt, cpu, sum);
if (verdicts !== undefined) writeFileSync(verdicts, `${lines.sort().join("\n")}\n`);

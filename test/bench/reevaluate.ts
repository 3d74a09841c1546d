import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../shared/domain/threat.ts";
import type { ActivePolicy } from "../../shared/pipeline/deps.ts";
import { followThreats } from "../../shared/pipeline/follow-threats.ts";
import { parsePolicySet } from "../../shared/policy/document.ts";
import type { Store } from "../../shared/ports/store.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { entryOf, evidenceOf } from "../fixtures/evidence.ts";
import { digestOf } from "../fixtures/records.ts";
import type { BenchOptions } from "./bench.ts";
import { policyTexts } from "./evaluate-policy.ts";
import { makeInventory, type PolicyFacts } from "./inventory.ts";
import { round } from "./stats.ts";

const IMAGES = 40_000;
const FINDINGS = 200;
const SEED = 1;
const AT_ONCE = 1_000;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** From a new snapshot of a feed to the jobs of all images that it concerns: one entry more, and every entry another one. */
export async function reevaluate({ images = IMAGES, store: kept }: BenchOptions): Promise<readonly object[]> {
  const folder = mkdtempSync(join(tmpdir(), "moorgate-reevaluate-"));
  const file = kept ?? join(folder, "evidence.db");
  const isLoaded = existsSync(file);
  const store = openSqliteStore({ file, signHead: () => "" });
  try {
    const rows = isLoaded ? [] : [await load(store, images)];
    const { facts, images: made } = makeInventory(1, FINDINGS, SEED);
    const ids = (await Array.fromAsync(made)).flatMap(({ findings }) => findings.map(({ id }) => id));
    const known = facts.knownExploited.filter((id) => id !== ids[0]);
    const one = await follow(store, facts, known, [...known, ids[0] ?? ""]);
    const many = await follow(store, facts, [], ids);
    return [...rows, { name: "one KEV entry more", ...one }, { name: "200 entries differ", ...many }];
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function load({ evidence }: Store, count: number): Promise<object> {
  const startedAt = performance.now();
  const { facts, images } = makeInventory(count, FINDINGS, SEED);
  let writing: Promise<unknown>[] = [];
  for await (const { image, findings } of images) {
    writing.push(evidence.put(entryOf("", evidenceOf(findings), { image, at: facts.now })));
    if (writing.length < AT_ONCE) continue;
    await Promise.all(writing);
    writing = [];
  }
  await Promise.all(writing);
  return { name: "load the store", images: count, seconds: round((performance.now() - startedAt) / 1_000) };
}

async function follow(
  { ledger, evidence, queue, runs }: Store,
  facts: PolicyFacts,
  before: readonly string[],
  after: readonly string[],
): Promise<object> {
  const { now } = facts;
  const texts = policyTexts(facts);
  const active: ActivePolicy = {
    policy: parsePolicySet(texts.root, texts.included, "bench"),
    trust: { keys: [] },
    digest: digestOf("policy"),
  };
  const { waiting } = await queue.depth();
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await followThreats(
    { ledger, evidence, queue, runs, log, policy: () => active, clock: { now: () => now } },
    factsOf(before, now),
    factsOf(after, now),
  );
  const seconds = round((performance.now() - startedAt) / 1_000);
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = round((user + system) / 1e6);
  return { queued: (await queue.depth()).waiting - waiting, seconds, cpuSeconds, maxRssMiB: round(process.resourceUsage().maxRSS / 1_024) };
}

function factsOf(ids: readonly string[], now: PolicyFacts["now"]): ThreatFacts {
  const entries = new Map(ids.map((id) => [id, { addedAt: now, usedByRansomware: "unknown" as const }]));
  return { ...NO_THREAT_FACTS, knownExploited: { kind: "read", digest: digestOf(ids.join()), madeAt: now, entries } };
}

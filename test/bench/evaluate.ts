import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageEvidence } from "../../shared/domain/evidence.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { evidenceOf } from "../fixtures/evidence.ts";
import type { BenchOptions } from "./bench.ts";
import type { RunSetup } from "./evaluate-run.ts";
import { type Inventory, type InventoryImage, makeInventory, readInventory } from "./inventory.ts";
import { round } from "./stats.ts";

const FINDINGS = 200;
const SEED = 1;
const AT_ONCE = 500;
const RUN = fileURLToPath(new URL("./evaluate-run.ts", import.meta.url));

/**
 * From the stored evidence on disk to a verdict for every image, in a process of its own: its time and its memory are those of judging alone.
 * Loading the store is told apart. The inventory is made here, or is one of another generator, so that another engine's verdicts can be
 * compared image by image.
 */
export async function evaluateStored(options: BenchOptions): Promise<readonly object[]> {
  const folder = mkdtempSync(join(tmpdir(), "moorgate-evaluate-"));
  try {
    const inventory = chosen(options);
    const store = options.store ?? join(folder, "evidence.db");
    const rows = existsSync(store) ? [] : [await load(store, inventory)];
    const setup: RunSetup = { store, facts: inventory.facts, ...(options.verdicts === undefined ? {} : { verdicts: options.verdicts }) };
    const printed = execFileSync(process.execPath, [RUN], { input: JSON.stringify(setup), encoding: "utf8", maxBuffer: 1 << 26 });
    return [
      ...rows,
      ...printed
        .trim()
        .split("\n")
        .map((line): object => JSON.parse(line)),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function chosen({ inventory, policyData, images = 4_000 }: BenchOptions): Inventory {
  if (inventory === undefined) return makeInventory(images, FINDINGS, SEED);
  if (policyData === undefined) throw new Error("--inventory needs --policy-data");
  return readInventory(inventory, policyData);
}

async function load(file: string, { images, facts }: Inventory): Promise<object> {
  const startedAt = performance.now();
  const store = openSqliteStore({ file, signHead: () => "" });
  let count = 0;
  let writing: Promise<unknown>[] = [];
  for await (const each of images) {
    count += 1;
    writing.push(store.evidence.put({ image: each.image, tags: each.tags, at: facts.now, evidence: asEvidence(each, facts.now) }));
    if (writing.length < AT_ONCE) continue;
    await Promise.all(writing);
    writing = [];
  }
  await Promise.all(writing);
  await store.close();
  return { name: "load the store", images: count, seconds: round((performance.now() - startedAt) / 1_000) };
}

function asEvidence({ image, tags, pushedAt, findings }: InventoryImage, now: Inventory["facts"]["now"]): ImageEvidence {
  const report = { scanner: "scanner", scannedAt: now, databaseAt: "unknown", origin: "posted", digest: image.digest, findings } as const;
  return evidenceOf([], {
    subject: { digest: image.digest, kind: "image", tags, firstSeenAt: pushedAt },
    gatheredAt: now,
    findings: { kind: "reported", reports: [report] },
  });
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageEvidence } from "../../shared/domain/evidence.ts";
import { parseTag } from "../../shared/domain/image-ref.ts";
import type { InventoryPackage } from "../../shared/domain/inventory.ts";
import { searchEvidence } from "../../shared/pipeline/emergency-search.ts";
import { parseHoldTarget } from "../../shared/policy/emergency/query.ts";
import type { Store } from "../../shared/ports/store.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { entryOf, evidenceOf, findingOf } from "../fixtures/evidence.ts";
import { digestOf, keyOf, NOW } from "../fixtures/records.ts";
import type { BenchOptions } from "./bench.ts";
import { round } from "./stats.ts";

const IMAGES = 10_000;
const PACKAGES = 400;
/** Distinct packages in versions: images share most of what they contain. */
const POOL = 60_000;
const FINDINGS = 40;
const AT_ONCE = 500;
const QUERIES = [
  "log4j-core@<2.15.0",
  "pkg:maven/org.apache.logging.log4j/log4j-core@>=2.0 <2.15",
  "CVE-2026-1007",
  "base:docker.io/library/debian:12",
];

/** From a query to the list of images concerned, over stored SBOMs of 400 packages and scans. */
export async function emergency({ images = IMAGES }: BenchOptions): Promise<readonly object[]> {
  const folder = mkdtempSync(join(tmpdir(), "moorgate-emergency-"));
  const store = openSqliteStore({ file: join(folder, "evidence.db"), signHead: () => "" });
  try {
    const loadedIn = await load(store, images);
    const rows: object[] = [{ name: "load the store", images, seconds: loadedIn }];
    for (const query of QUERIES) rows.push(await search(store, query));
    return rows;
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function search({ evidence }: Store, text: string): Promise<object> {
  const target = parseHoldTarget(text);
  if (target.kind === "image" || target.kind === "digest") throw new Error(`${text} is not searched for`);
  const rssBefore = process.memoryUsage().rss;
  const startedAt = performance.now();
  const counts: Record<string, number> = {};
  for await (const { answer } of searchEvidence({ evidence }, target)) counts[answer.kind] = (counts[answer.kind] ?? 0) + 1;
  const seconds = round((performance.now() - startedAt) / 1_000);
  return { name: text, ...counts, seconds, grewMiB: round((process.memoryUsage().rss - rssBefore) / 2 ** 20) };
}

async function load({ evidence }: Store, count: number): Promise<number> {
  const startedAt = performance.now();
  let writing: Promise<unknown>[] = [];
  for (let number = 0; number < count; number++) {
    writing.push(
      evidence.put(
        entryOf("", evidenceFor(number), { image: keyOf(`image ${number}`, `team/app-${number % 300}`), tags: [parseTag(`v${number}`)] }),
      ),
    );
    if (writing.length < AT_ONCE) continue;
    await Promise.all(writing);
    writing = [];
  }
  await Promise.all(writing);
  return round((performance.now() - startedAt) / 1_000);
}

function evidenceFor(number: number): ImageEvidence {
  const packages = Array.from({ length: PACKAGES }, (_, place) => packageOf((number * 131 + place * 149) % POOL));
  const findings = Array.from({ length: FINDINGS }, (_, place) => findingOf(`CVE-2026-${1_000 + ((number * 7 + place * 11) % 5_000)}`));
  const inventory = { format: "cyclonedx-json", tool: "syft", madeAt: NOW, digest: digestOf("sbom"), packages } as const;
  // Every twentieth image has no SBOM.
  return evidenceOf(findings, number % 20 === 0 ? {} : { inventory: { kind: "reported", inventories: [inventory] } });
}

const kept = new Map<number, InventoryPackage>();

function packageOf(number: number): InventoryPackage {
  const name = number % 2_000 === 0 ? "log4j-core" : `lib-${number % 9_000}`;
  const version = `${number % 3}.${Math.floor(number / 2_000) % 30}.${number % 7}`;
  const made = kept.get(number) ?? {
    name,
    version,
    type: "java-archive",
    purl: `pkg:maven/org.apache.logging.log4j/${name}@${version}`,
    licences: ["Apache-2.0"],
    path: `/app/lib/${name}-${version}.jar`,
  };
  kept.set(number, made);
  return made;
}

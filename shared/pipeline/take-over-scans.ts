import type { Digest } from "../domain/digest.ts";
import type { ImageEvidence } from "../domain/evidence.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import type { Usage } from "../domain/usage.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { StoredEvidence } from "../ports/evidence-store.ts";
import type { ScanList, TakeOverRefusal, Unscanned, UseCounts } from "../ports/take-over.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { askUsage } from "./usage.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Manifests that are read for one list to know what is to be scanned, and how many at a time. */
const MOST_READ = 1_000;
const READ_AT_ONCE = 8;

/** What nobody has scanned, in the order in which it should be: what runs first, then what was pulled lately, then the newest. */
export async function listUnscanned(deps: GateDeps, registry: string, limit: number): Promise<ScanList | TakeOverRefusal> {
  const watched = [...deps.registries.values()].find((each) => each.registry.host === registry);
  if (watched === undefined)
    return { kind: "not-found", why: `the gate does not watch ${registry}`, mend: "list those that it watches: moorgate takeover status" };
  const { host } = watched.registry;
  const now = deps.clock.now();
  const others = { pending: 0, failed: 0, unsupported: 0, stale: 0, unavailable: 0 };
  const use: Mutable<UseCounts> = { running: 0, pulled: 0, notRunning: 0, unknown: 0 };
  const found = new Map<Digest, Unscanned>();
  for await (const entry of deps.evidence.entries(now, { registry: host })) {
    const scannable = leavesOf(entry.evidence);
    for (const { findings } of scannable) if (findings.kind !== "absent" && findings.kind !== "reported") others[findings.kind] += 1;
    const absent = scannable.filter((each) => each.findings.kind === "absent" && !found.has(each.subject.digest));
    if (absent.length === 0 || !(await isThere(deps, entry.image))) continue;
    const usage = await askUsage(deps, { key: entry.image, children: entry.evidence.children.map(({ subject }) => subject.digest) }, now);
    for (const each of absent) found.set(each.subject.digest, unscanned(entry, each, usage));
  }
  for (const each of found.values()) use[each.use === "not-running" ? "notRunning" : each.use] += 1;
  const images = [...found.values()].sort(inOrder).slice(0, limit);
  return { registry: host, images, total: found.size, use, others, size: await sizeOf(watched, images) };
}

/** What a scanner is given: an image as it is, an index by its platforms. */
function leavesOf(evidence: ImageEvidence): readonly ImageEvidence[] {
  return evidence.children.length === 0 ? [evidence] : evidence.children.flatMap(leavesOf);
}

async function isThere({ ledger }: GateDeps, image: ImageKey): Promise<boolean> {
  const record = await ledger.image(image);
  return record?.presence === "present" && record.hold.kind === "free";
}

function unscanned({ image, tags }: StoredEvidence, { subject, config }: ImageEvidence, { kind }: Usage): Unscanned {
  const builtAt = config.kind === "read" ? config.config.createdAt : "unknown";
  return { image: { ...image, digest: subject.digest }, tags, use: kind, newestAt: builtAt === "unknown" ? subject.firstSeenAt : builtAt };
}

const ORDER: Readonly<Record<Unscanned["use"], number>> = { running: 0, pulled: 1, unknown: 2, "not-running": 3 };

function inOrder(a: Unscanned, b: Unscanned): number {
  return ORDER[a.use] - ORDER[b.use] || b.newestAt - a.newestAt || (a.image.digest < b.image.digest ? -1 : 1);
}

/** Each layer once: images that share a base share its bytes. */
async function sizeOf({ registry }: WatchedRegistry, images: readonly Unscanned[]): Promise<ScanList["size"]> {
  const layers = new Map<Digest, number>();
  let unknown = Math.max(0, images.length - MOST_READ);
  const read = images.slice(0, MOST_READ);
  for (let from = 0; from < read.length; from += READ_AT_ONCE) {
    const some = await Promise.all(read.slice(from, from + READ_AT_ONCE).map(({ image }) => layersOf(registry, image)));
    for (const each of some) {
      if (each === undefined) unknown += 1;
      else for (const { digest, size } of each) layers.set(digest, size);
    }
  }
  return { bytes: [...layers.values()].reduce((sum, size) => sum + size, 0), layers: layers.size, unknown };
}

async function layersOf(
  registry: WatchedRegistry["registry"],
  { repository, digest }: ImageKey,
): Promise<readonly { readonly digest: Digest; readonly size: number }[] | undefined> {
  try {
    const manifest = await registry.manifest(repository, digest);
    return manifest?.kind === "manifest" ? manifest.layers : undefined;
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}

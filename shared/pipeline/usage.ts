import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey, Repository } from "../domain/image-ref.ts";
import { type Instant, instant } from "../domain/time.ts";
import type { PlaceUse, Usage } from "../domain/usage.ts";
import { usageOf } from "../enforcement/usage.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { countUse } from "./count-use.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";

/** `registries`: absent where none may be asked; then what registries know of pulls is not. */
export type UsageDeps = Pick<GateDeps, "ledger" | "usage" | "places" | "pulledWithin"> & Partial<Pick<GateDeps, "registries">>;

type Kin = Pick<ImageRecord, "key" | "children">;

/**
 * Whether anything runs an image, by all that is known now: asked by digest alone, for mirrors and pull-through caches serve it under other
 * names. A runtime reports the index or the platform that it chose from it, so both are asked for.
 */
export async function askUsage(deps: UsageDeps, record: Kin, now: Instant): Promise<Usage> {
  return (await lookAtUse(deps, record, now)).usage;
}

export interface LookedAtUse {
  readonly usage: Usage;
  /** What it rests on: what each place said. */
  readonly seen: readonly PlaceUse[];
}

/** The same with what it rests on. */
export async function lookAtUse(deps: UsageDeps, record: Kin, now: Instant): Promise<LookedAtUse> {
  const { ledger, usage, places, pulledWithin } = deps;
  const { digests, repositories } = await kinOf(ledger, record);
  const since = instant(Math.max(0, now - pulledWithin));
  const [seen, pulls] = await Promise.all([usage.uses(digests, repositories), usage.pulls(digests, since)]);
  const watched = deps.registries?.get(record.key.registry);
  const found = usageOf(places, seen, pulls, now, watched?.usage !== undefined);
  if (watched === undefined || found.kind === "running") return { usage: found, seen };
  // Who runs it outweighs that somebody pulled it: what is new and was only pulled may be held at once.
  const counted = await countUse(watched, record, now);
  if (counted?.kind === "running") return { usage: counted, seen: [...seen, ...counted.where] };
  if (found.kind !== "not-running") return { usage: found, seen };
  const pulled = await askRegistry(watched, record.key, since);
  return { usage: pulled ?? (counted?.kind === "unknown" ? counted : found), seen };
}

/** A registry that knows when an image was pulled last may know of pulls that no event told. Asked last, for it takes a call. */
async function askRegistry({ registry }: WatchedRegistry, image: ImageKey, since: Instant): Promise<Usage | undefined> {
  if (registry.lastPulledAt === undefined || !registry.capabilities.lastPulled) return undefined;
  try {
    const at = await registry.lastPulledAt(image);
    return at === "never" || at < since ? undefined : { kind: "pulled", last: { image, at } };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { kind: "unknown", why: `${image.registry} did not say when it was pulled last: ${error.message}` };
  }
}

/** The image, what it consists of, and the indexes that consist of it, under all the names that these have. */
async function kinOf(
  ledger: GateDeps["ledger"],
  { key, children }: Kin,
): Promise<{ readonly digests: readonly Digest[]; readonly repositories: readonly Repository[] }> {
  const parents = await ledger.parents({ digest: key.digest });
  return {
    digests: [...new Set([key.digest, ...children, ...parents.map((parent) => parent.key.digest)])],
    repositories: [...new Set([key.repository, ...parents.map((parent) => parent.key.repository)])],
  };
}

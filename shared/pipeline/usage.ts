import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { Repository } from "../domain/image-ref.ts";
import { type Instant, instant } from "../domain/time.ts";
import type { PlaceUse, Usage } from "../domain/usage.ts";
import { usageOf } from "../enforcement/usage.ts";
import type { GateDeps } from "./deps.ts";

export type UsageDeps = Pick<GateDeps, "ledger" | "usage" | "places" | "pulledWithin">;

type Kin = Pick<ImageRecord, "key" | "children">;

/**
 * Whether anything runs an image, by all that is known now: asked by digest alone, for mirrors and pull-through caches serve it under other
 * names. A runtime reports the index or the platform that it chose from it, so both are asked for.
 */
export async function askUsage(deps: UsageDeps, record: Kin, now: Instant): Promise<Usage> {
  return (await lookAtUse(deps, record, now)).usage;
}

/** The same with what it rests on. */
export async function lookAtUse(
  { ledger, usage, places, pulledWithin }: UsageDeps,
  record: Kin,
  now: Instant,
): Promise<{ readonly usage: Usage; readonly seen: readonly PlaceUse[] }> {
  const { digests, repositories } = await kinOf(ledger, record);
  const [seen, pulls] = await Promise.all([
    usage.uses(digests, repositories),
    usage.pulls(digests, instant(Math.max(0, now - pulledWithin))),
  ]);
  return { usage: usageOf(places, seen, pulls, now), seen };
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

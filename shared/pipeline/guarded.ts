import type { BrakeLimits, ProtectedImages } from "../domain/brake.ts";
import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import { type Instant, instant } from "../domain/time.ts";
import type { Guarded, LastPull } from "../enforcement/brake.ts";
import { matchesGlob } from "../policy/select.ts";
import type { GateDeps } from "./deps.ts";

/** What speaks for asking about this very image, however little its run has held. */
export async function guardedBy(
  deps: Pick<GateDeps, "usage">,
  limits: BrakeLimits,
  { key, tags, children }: Pick<ImageRecord, "key" | "tags" | "children">,
  now: Instant,
): Promise<Guarded> {
  const lastPull = await lastPullOf(deps, limits, key, children, now);
  const protectedBy = protectorOf(limits, { key, tags });
  return { lastPull, ...(protectedBy === undefined ? {} : { protectedBy }) };
}

export function protectorOf(limits: BrakeLimits, { key, tags }: Pick<ImageRecord, "key" | "tags">): ProtectedImages | undefined {
  return limits.protected.find(
    ({ repository, tag }) => matchesGlob(repository, key.repository) && (tag === undefined || tags.some((each) => matchesGlob(tag, each))),
  );
}

/** In this repository or another, of the image or of a platform of it. Where no pull is known, the registry must have told of others for long enough. */
async function lastPullOf(
  { usage }: Pick<GateDeps, "usage">,
  { pulledWithin }: BrakeLimits,
  { digest, registry }: ImageKey,
  children: readonly Digest[],
  now: Instant,
): Promise<LastPull> {
  if (pulledWithin === "off") return { kind: "not-pulled" };
  const from = instant(Math.max(0, now - pulledWithin));
  const [[first, ...more], toldSince] = await Promise.all([usage.pulls([digest, ...children], from), usage.pullsToldSince(registry)]);
  if (first !== undefined) return { kind: "pulled", at: more.reduce((last, { at }) => (at > last ? at : last), first.at) };
  if (toldSince === undefined) return { kind: "not-told" };
  return toldSince <= from ? { kind: "not-pulled" } : { kind: "unknown", toldSince };
}

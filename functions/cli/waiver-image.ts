import type { History } from "../../shared/compose/history.ts";
import type { ImageEvidence } from "../../shared/domain/evidence.ts";
import type { ImageRef } from "../../shared/domain/image-ref.ts";
import type { ThreatFacts } from "../../shared/domain/threat.ts";
import type { Instant } from "../../shared/domain/time.ts";
import type { Target } from "../../shared/policy/select.ts";

/** An image with all that is known of it now. */
export interface KnownImage {
  readonly target: Target;
  readonly evidence: ImageEvidence;
  readonly threats: ThreatFacts;
}

/** By digest, else by tag; of several that had the tag, the one that was looked at last. */
export async function knownImage(history: History, ref: ImageRef, now: Instant): Promise<KnownImage | undefined> {
  let found: { readonly at: Instant; readonly image: Omit<KnownImage, "threats"> } | undefined;
  for await (const { image, tags, evidence, at } of history.evidence.entries(now, { repository: ref.repository })) {
    const isMeant = ref.digest === undefined ? ref.tag !== undefined && tags.includes(ref.tag) : ref.digest === image.digest;
    if (image.registry !== ref.registry || !isMeant || (found !== undefined && found.at > at)) continue;
    found = { at, image: { target: { registry: image.registry, repository: image.repository, tags }, evidence } };
  }
  return found === undefined ? undefined : { ...found.image, threats: await history.threats(now) };
}

import { algorithmOf, type Digest, hexOf } from "./digest.ts";
import { isTag, parseTag, type Tag } from "./image-ref.ts";

/**
 * Keeps a manifest of the quarantine from the registry's own garbage collection, which removes what has no tag. None for SHA-512: a tag
 * pushed over HTTP names the SHA-256 of its bytes.
 */
export function heldTag(digest: Digest): Tag | undefined {
  const tag = `held-${hexOf(digest).slice(0, 32)}`;
  return algorithmOf(digest) === "sha256" && isTag(tag) ? tag : undefined;
}

/** Name of what is kept of a manifest of any algorithm, where that is not the manifest itself. */
export function keptTag(digest: Digest): Tag {
  return parseTag(`held-${hexOf(digest).slice(0, 32)}`);
}

export function isHeldTag(tag: Tag): boolean {
  return /^held-[0-9a-f]{32}$/.test(tag);
}

/** Keeps in mind a tag that was put on an image between the plan and the act, so that no plan names it. */
export function lateTag(digest: Digest, tag: Tag): Tag | undefined {
  const late = `held-${hexOf(digest).slice(0, 32)}-${tag}`;
  return algorithmOf(digest) === "sha256" && isTag(late) ? late : undefined;
}

/** The tag that a `lateTag` keeps in mind for this digest. */
export function tagKept(digest: Digest, late: Tag): Tag | undefined {
  const prefix = `held-${hexOf(digest).slice(0, 32)}-`;
  const tag = late.slice(prefix.length);
  return late.startsWith(prefix) && isTag(tag) ? tag : undefined;
}

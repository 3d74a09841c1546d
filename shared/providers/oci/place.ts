import { algorithmOf, type Digest, hexOf } from "../../domain/digest.ts";
import { isRepository, isTag, type Repository, type Tag } from "../../domain/image-ref.ts";
import { AdapterError } from "../../ports/adapter-error.ts";

/** Where held images of a repository lie: `<quarantine>/<repository>`. @throws AdapterError unsupported */
export function quarantineOf(quarantine: string, repository: Repository): Repository {
  const place = `${quarantine}/${repository}`;
  if (isRepository(place)) return place;
  throw new AdapterError("unsupported", `${repository}: its place in quarantine would be no repository name`, {
    mend: "shorten the quarantine prefix; a name has at most 255 characters",
  });
}

export function isQuarantined(quarantine: string, repository: Repository): boolean {
  return repository === quarantine || repository.startsWith(`${quarantine}/`);
}

/**
 * Keeps a manifest of the quarantine from the registry's own garbage collection, which removes what has no tag. None for SHA-512: a tag
 * pushed over HTTP names the SHA-256 of its bytes.
 */
export function heldTag(digest: Digest): Tag | undefined {
  const tag = `held-${hexOf(digest).slice(0, 32)}`;
  return algorithmOf(digest) === "sha256" && isTag(tag) ? tag : undefined;
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

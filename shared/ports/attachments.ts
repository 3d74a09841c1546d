import type { Digest } from "../domain/digest.ts";
import type { Repository, Tag } from "../domain/image-ref.ts";
import type { Descriptor } from "../domain/manifest.ts";

/** A manifest with the contents that it names, small enough to be held in memory. */
export interface Artifact {
  /** As a list of referrers names it: with artifact type and annotations. */
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly blobs: readonly { readonly digest: Digest; readonly bytes: Uint8Array }[];
}

/** `moved`: the tag points elsewhere than was thought, so nothing was done; read again. */
export type Replaced = "replaced" | "moved";

/**
 * Writes small things that lie beside an image and say something of it. All calls look first and may be repeated after a crash at any point.
 * Everybody with the right to push may change the same places at the same time; what somebody else put there is kept.
 */
export interface Attachments {
  /** Asks, without changing anything, whether what is attached could be taken away again. @throws AdapterError where it could not */
  proveDetachable(repository: Repository, signal?: AbortSignal): Promise<void>;
  /** Puts an artifact whose `subject` is the digest, so that it is found from there: by the referrers API, else in the list under the fallback tag. */
  attach(repository: Repository, subject: Digest, artifact: Artifact, signal?: AbortSignal): Promise<void>;
  /** Takes a manifest out of the list under the fallback tag and deletes it by digest, with its tags. Absent already is as good. */
  detach(repository: Repository, subject: Digest, manifest: Digest, signal?: AbortSignal): Promise<void>;
  /** Puts an artifact under a tag that pointed at `before` (`undefined`: at nothing). @throws AdapterError conflict or refused where the tag may not be moved */
  replace(repository: Repository, tag: Tag, before: Digest | undefined, artifact: Artifact, signal?: AbortSignal): Promise<Replaced>;
  /**
   * Whether the news that a manifest was pushed is of this process's own doing. Each push of its own explains one event and no more, none after it was taken
   * away, and none in another repository: what somebody else puts back is news. A tag that the gate pointed at an image explains the push of that tag alone.
   */
  explains(repository: Repository, pushed: Digest, tag?: Tag): boolean;
}

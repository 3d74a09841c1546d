import type { Digest } from "../domain/digest.ts";
import type { Repository, Tag } from "../domain/image-ref.ts";
import type { Descriptor, IndexManifest, Manifest } from "../domain/manifest.ts";

/** Where a manifest that refers to another was found. `tag` where it has a name of its own (legacy `.sig`, `.att`). */
export interface Referrer {
  readonly manifest: Manifest;
  readonly tag?: Tag;
  /** The list under the fallback tag of the same subject, where there is one, whether it names this manifest or not. */
  readonly list?: IndexManifest;
  /** Which of its layers it was cut down to, to be judged alone; absent: it is whole. Its digest stays that of the whole. */
  readonly part?: number;
}

/**
 * Reads images: a registry over HTTP or an OCI layout folder. Absence is `undefined` and proven (404 or not in the folder); every other
 * fault throws AdapterError. Bytes are checked against their digest before they are returned. All calls may be repeated.
 */
export interface ImageSource {
  /** Digest that a tag points at now; a digest gives itself when it exists. */
  resolve(repository: Repository, reference: Tag | Digest, signal?: AbortSignal): Promise<Digest | undefined>;
  manifest(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<Manifest | undefined>;
  /** Whole content of a blob, at most `limit` bytes (AdapterError `too-large` above). */
  blob(repository: Repository, descriptor: Pick<Descriptor, "digest" | "size">, limit: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** A content of any length. It is known to be right only when the loop over it ends without an error. */
  blobStream(repository: Repository, descriptor: Pick<Descriptor, "digest" | "size">, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * All manifests that refer to the digest: referrers API, fallback tag and the legacy tags `.sig`, `.att`, `.sbom`, merged by digest.
   * Each was read, and its `subject` is the digest asked for (legacy tags: the tag names it). An empty list is a proof of absence.
   */
  referrers(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<readonly Referrer[]>;
  /** Pages through all tags. */
  tags(repository: Repository, signal?: AbortSignal): AsyncIterable<Tag>;
}

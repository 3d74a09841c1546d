import type { Digest } from "../domain/digest.ts";
import type { Repository, Tag } from "../domain/image-ref.ts";
import type { ImageSource, Referrer } from "../ports/image-source.ts";
import { type Content, getBlob, hasBlob, mountBlob, putBlob, streamBlob } from "./blobs.ts";
import type { AskedPlace } from "./discovery.ts";
import { type Deleted, deleteManifest, deleteTag, getManifest, headManifest, type ManifestHead, putManifest } from "./manifests.ts";
import { listRepositories, listTags } from "./names.ts";
import { askDiscovery, askReferrersSupport, listReferrers, type ReferrersSupport } from "./referrers.ts";
import { type ClientSettings, openTransport } from "./transport.ts";

/** One registry over the distribution protocol. Everything is by digest or tag, checked, and may be repeated. Throws AdapterError. */
export interface RegistryClient extends ImageSource {
  /** As `resolve`, with the media type that the registry names; not checked against content. */
  headManifest(repository: Repository, reference: Tag | Digest, signal?: AbortSignal): Promise<ManifestHead | undefined>;
  /** Stores bytes as they are; their children and blobs must be there already. `ifMatch`: ETag of what they take the place of. */
  putManifest(
    repository: Repository,
    bytes: Uint8Array,
    mediaType: string,
    reference: Tag | Digest,
    signal?: AbortSignal,
    ifMatch?: string,
  ): Promise<Digest>;
  /** Deletes a manifest and with it all its tags. */
  deleteManifest(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<Deleted>;
  /** Removes one tag; `unsupported` at many registries. */
  deleteTag(repository: Repository, tag: Tag, signal?: AbortSignal): Promise<Deleted>;
  /**
   * Takes a tag away from the digest that it points at, and never the image with it: `last` where no other tag keeps that. Absent where a registry has no such
   * call; used where a tag may not be moved.
   */
  untag?(repository: Repository, tag: Tag, from: Digest, signal?: AbortSignal): Promise<"taken" | "moved" | "last">;
  /** As `ImageSource` has it. `tags`: all tags of the repository, where they were just read; others are not asked for then. */
  referrers(repository: Repository, digest: Digest, signal?: AbortSignal, tags?: ReadonlySet<Tag>): Promise<readonly Referrer[]>;
  hasBlob(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<boolean>;
  /** False: not mounted, upload it. */
  mountBlob(from: Repository, to: Repository, digest: Digest, signal?: AbortSignal): Promise<boolean>;
  putBlob(
    repository: Repository,
    content: Content,
    bytes: Uint8Array | (() => AsyncIterable<Uint8Array>),
    signal?: AbortSignal,
  ): Promise<void>;
  /** All repositories that the credentials may see. */
  repositories(signal?: AbortSignal): AsyncIterable<Repository>;
  /** Where `referrers` looks, and what each place names. */
  discovery(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<readonly AskedPlace[]>;
  /** Asked once a repository and client. */
  referrersSupport(repository: Repository, signal?: AbortSignal): Promise<ReferrersSupport>;
}

/** @throws AdapterError refused: plain HTTP to another machine */
export function openClient(settings: ClientSettings): RegistryClient {
  const transport = openTransport(settings);
  const supports = new Map<Repository, ReferrersSupport>();
  return {
    resolve: async (repository, reference, signal) => (await headManifest(transport, repository, reference, signal))?.digest,
    manifest: (repository, digest, signal) => getManifest(transport, repository, digest, signal),
    blob: (repository, content, limit, signal) => getBlob(transport, repository, content, limit, signal),
    referrers: (repository, digest, signal, tags) => listReferrers(transport, repository, digest, signal, tags),
    tags: (repository, signal) => listTags(transport, repository, signal),
    headManifest: (repository, reference, signal) => headManifest(transport, repository, reference, signal),
    putManifest: (repository, bytes, mediaType, reference, signal, ifMatch) =>
      putManifest(transport, repository, bytes, mediaType, reference, signal, ifMatch),
    deleteManifest: (repository, digest, signal) => deleteManifest(transport, repository, digest, signal),
    deleteTag: (repository, tag, signal) => deleteTag(transport, repository, tag, signal),
    hasBlob: (repository, digest, signal) => hasBlob(transport, repository, digest, signal),
    mountBlob: (from, to, digest, signal) => mountBlob(transport, from, to, digest, signal),
    putBlob: (repository, content, bytes, signal) => putBlob(transport, repository, content, bytes, signal),
    blobStream: (repository, content, signal) => streamBlob(transport, repository, content, signal),
    discovery: (repository, digest, signal) => askDiscovery(transport, repository, digest, signal),
    repositories: (signal) => listRepositories(transport, signal),
    async referrersSupport(repository, signal) {
      const known = supports.get(repository) ?? (await askReferrersSupport(transport, repository, signal));
      supports.set(repository, known);
      return known;
    },
  };
}

import type { Before, DeleteAction, MoveAction, RetagAction, Strength } from "../domain/action.ts";
import type { Digest } from "../domain/digest.ts";
import type { ImageKey, RegistryHost, Repository, Tag } from "../domain/image-ref.ts";
import type { Probe } from "../domain/probe.ts";
import type { Instant } from "../domain/time.ts";
import type { Attachments } from "./attachments.ts";
import type { ImageSource } from "./image-source.ts";

/** What a registry can do, as data. Every provider states all of them; the plan reads them, nobody reads a provider's name. */
export interface Capabilities {
  readonly hold: { readonly mechanism: "native-block" | "move" | "untag" | "none"; readonly strength: Strength };
  readonly removeTag: "native" | "none";
  /** Whether what is held can be deleted for ever. `none` where the held bytes lie in the image's own repository, or nothing is kept. */
  readonly deleteManifest: "digest" | "none";
  readonly referrers: "api" | "tag-schema" | "probe";
  readonly listsRepositories: boolean;
  readonly listsUntagged: boolean;
  readonly lastPulled: boolean;
  readonly immutableTags: boolean;
  readonly events: readonly ("pushed" | "deleted" | "scanned")[];
}

export interface TaggedDigest {
  readonly repository: Repository;
  readonly tag: Tag;
  readonly digest: Digest;
}

/** What an act left behind, as probed with a puller's eyes afterwards; never what was hoped for. */
export interface ActResult {
  /** What the probes prove: the weakest way that still serves decides. `advisory` after a release. */
  readonly strength: Strength;
  /** After a hold each way that a puller has: by tag, by digest, as a child that went with an index, and the same at every replica. */
  readonly probes?: readonly Probe[];
  /** Sentences for people on what was not done and why ("tag 1.2 points elsewhere now: left alone"). */
  readonly notes: readonly string[];
}

export interface RetagResult extends ActResult {
  /** Those that point where they should, read again afterwards. */
  readonly tags: readonly Tag[];
}

/**
 * One registry. Acts are by digest, idempotent, and may be repeated after a crash at any point: they look first, then do what is left.
 * But for `deleteHeld`, an act never destroys bytes that are not stored somewhere else.
 */
export interface Registry extends ImageSource {
  readonly host: RegistryHost;
  readonly capabilities: Capabilities;
  /** Whether a repository is the gate's own place (quarantine): never judged, never held. */
  isOwn(repository: Repository): boolean;
  /** The repository whose held images lie in this one of the gate's own places; `undefined` for every other repository. */
  originOf(repository: Repository): Repository | undefined;
  /** All repositories, the gate's own places left out; pages lazily. @throws AdapterError unsupported where it does not list them */
  repositories(signal?: AbortSignal): AsyncIterable<Repository>;
  /** All tags of a repository that can be pulled; pages lazily. */
  inventory(repository: Repository, signal?: AbortSignal): AsyncIterable<TaggedDigest>;
  /** Tags of a repository that point at an index, as far as its service tells that: there where it tells so of many at once. Whatever it leaves out points at none. */
  taggedIndexes?(repository: Repository, signal?: AbortSignal): AsyncIterable<TaggedDigest>;
  /** What a hold of this image would move, as it stands now, to be stored before the act. `undefined`: the image is not there. */
  survey(image: ImageKey, sharedChildren: ReadonlySet<Digest>, signal?: AbortSignal): Promise<Before | undefined>;
  /** Makes the image impossible to pull, keeping its bytes. */
  hold(action: MoveAction, signal?: AbortSignal): Promise<ActResult>;
  /** Puts back what `action.before` lists, byte for byte; a tag that somebody moved since is left alone and noted. */
  release(action: MoveAction, signal?: AbortSignal): Promise<ActResult>;
  /**
   * Deletes for ever what `action.before` lists and the hold put into quarantine, the image first; what another held image needs there stays, and is noted. Cannot be taken back.
   * @throws AdapterError conflict while its own repository serves the image or something that refers to it, or an index of either place names it; unsupported where `capabilities.deleteManifest` says none
   */
  deleteHeld(action: DeleteAction, signal?: AbortSignal): Promise<ActResult>;
  /**
   * Points tags elsewhere, with the bytes that the registry has: each change by itself, in order. One whose tag does not point at `from` any more is left alone and noted;
   * so is one that would take a tag away which nothing else keeps the image by.
   * @throws AdapterError where none could be made: conflict, refused or forbidden where the tag may not be moved
   */
  retag(action: RetagAction, signal?: AbortSignal): Promise<RetagResult>;
  /**
   * When an image was pulled last by anybody but the gate; there where `capabilities.lastPulled` says so. That it never was proves nothing.
   * @throws AdapterError
   */
  lastPulledAt?(image: ImageKey, signal?: AbortSignal): Promise<Instant | "never">;
  /** The place to read a held image from; `undefined` where it is read from its own repository. */
  heldAt(image: ImageKey): Repository | undefined;
  /** What the gate itself puts beside images. */
  readonly attachments: Attachments;
}

import type { Digest } from "../domain/digest.ts";
import type { ImageKey, Repository, Tag } from "../domain/image-ref.ts";
import type { PublishedForm } from "../domain/publication.ts";
import type { Duration, Instant } from "../domain/time.ts";
import type { Attachments } from "./attachments.ts";
import type { ImageSource } from "./image-source.ts";

/** What one digest should carry of the gate's own words. */
export type Wanted =
  /** That it passed: these facts, said not too long ago, and nothing else. */
  | { readonly kind: "pass"; readonly policy: { readonly name: string; readonly digest: Digest }; readonly inputs: Digest }
  /** What is known to stand may stay; nothing new is said. */
  | { readonly kind: "keep"; readonly known: ReadonlySet<Digest> }
  | { readonly kind: "none" };

export interface PublicationRequest {
  readonly registry: ImageSource & { readonly attachments: Attachments };
  readonly subject: ImageKey;
  /** Where attestations on it may lie: its own repository first. */
  readonly repositories: readonly Repository[];
  readonly wanted: Wanted;
  /** Forms that could not be written and are not tried again now. */
  readonly skipped: readonly PublishedForm[];
  readonly now: Instant;
}

/** An attestation that one of the gate's own keys has signed, whoever put it there. */
export interface OwnAttestation {
  readonly repository: Repository;
  /** The manifest that holds it, and the content in it. */
  readonly manifest: Digest;
  readonly content: Digest;
  readonly form: PublishedForm;
  readonly tag?: Tag;
  readonly at: Instant | "unknown";
}

/** How the registry differs from what is wanted. Nothing to do: no `surplus`, nothing `missing`. */
export interface Comparison {
  readonly standing: readonly OwnAttestation[];
  readonly surplus: readonly OwnAttestation[];
  readonly missing: readonly PublishedForm[];
}

export interface Settled {
  readonly subject: Digest;
  /** Manifests that stand for the verdict now, and since when the oldest of them says so. */
  readonly manifests: readonly Digest[];
  readonly at: Instant;
  /** Sentences for people on what was not done and why. */
  readonly notes: readonly string[];
  readonly skipped: readonly PublishedForm[];
}

/**
 * Puts the gate's verdict beside an image as a signed attestation (SLSA Verification Summary), for admission controllers to demand. There is no word
 * for "no longer": taking the attestation away is the revocation. Both calls may be repeated after a crash at any point, for the registry is asked.
 */
export interface VerdictPublisher {
  /** Whether anything is published; otherwise what was published is taken away. */
  readonly isOn: boolean;
  /** An attestation that is older is made anew. */
  readonly freshFor: Duration;
  /** Looks, and changes nothing. What another key has signed is none of the gate's words, whatever it says. @throws AdapterError */
  compare(request: PublicationRequest, signal?: AbortSignal): Promise<Comparison>;
  /** Makes it so: what is missing is put there first, then the surplus goes, by digest. @throws AdapterError */
  settle(request: PublicationRequest, comparison: Comparison, signal?: AbortSignal): Promise<Settled>;
}

import type { Digest } from "../domain/digest.ts";
import type { ImageKey, RegistryHost, Repository } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { PlaceUse, Pull, UsageReport } from "../domain/usage.ts";

/** A place as it last reported; the numbers are of images that it named and of workloads whose image's digest it did not say. */
export interface KnownPlace {
  readonly place: string;
  readonly seenAt: Instant;
  readonly images: number;
  readonly unmatched: number;
}

/** `ended`: digests that the place ran by its word before and runs no more. */
export type StoredUsage =
  | { readonly kind: "stored"; readonly ended: readonly Digest[] }
  /** A later report was there; nothing was changed. */
  | { readonly kind: "older" };

/** What each place said last of what it runs, and who pulled what last. */
export interface UsageStore {
  /** Takes the place of all that the place said before, at once. */
  put(report: UsageReport): Promise<StoredUsage>;
  /**
   * Of every place that ever reported, what it runs of these digests, and the unmatched workloads that may run them: those whose image's
   * name ends like one of the repositories, or has no name. Places by name, workloads by digest.
   */
  uses(digests: readonly Digest[], repositories: readonly Repository[]): Promise<readonly PlaceUse[]>;
  /** Every place with its last report. */
  places(): Promise<readonly KnownPlace[]>;
  /** Forgets a place that is no more: its last word would count for ever. @returns what it ran; `undefined` where it was not known. */
  forget(place: string): Promise<readonly Digest[] | undefined>;
  /** Keeps the last pull of each image; within a minute of the one before it is not written. Pulls of 90 days before it are dropped, at the latest an hour later. */
  pulled(image: ImageKey, at: Instant): Promise<void>;
  /** Since when a registry has told of pulls; `undefined`: it never did. */
  pullsToldSince(registry: RegistryHost): Promise<Instant | undefined>;
  /** The last pull of these digests in each repository, those since a time. */
  pulls(digests: readonly Digest[], since: Instant): Promise<readonly Pull[]>;
}

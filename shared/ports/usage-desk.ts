import type { Actor } from "../domain/action.ts";
import type { Digest } from "../domain/digest.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import type { Duration, Instant } from "../domain/time.ts";
import type { PlaceUse, Usage, UsageReport } from "../domain/usage.ts";

/** A place that is expected to report, or that has reported once. */
export interface PlaceStatus {
  readonly name: string;
  /** How old its word may be; absent: nobody expects it any more, and its last word counts until it is forgotten. */
  readonly maxAge?: Duration;
  readonly seenAt: Instant | "never";
  readonly images: number;
  /** Workloads whose image's digest it did not say. */
  readonly unmatched: number;
  /** Expected, and without a word that is young enough: nobody knows what it runs. */
  readonly isSilent: boolean;
}

export interface UsageClaim extends UsageReport {
  /** Who says so, by the name of the token. */
  readonly reporter: string;
  /** Says of a report without any workload that it is meant so. */
  readonly nothingRuns: boolean;
}

export type Reported =
  /** `ended`: images that the place ran before and runs no more. `queued`: those of them that had a deadline and are judged again. */
  | { readonly kind: "stored"; readonly images: number; readonly unmatched: number; readonly ended: number; readonly queued: number }
  | { readonly kind: "refused" | "not-found"; readonly why: string; readonly mend: string };

/** What is known of one image in one repository. */
export interface ImageUse {
  readonly image: ImageKey;
  readonly usage: Usage;
  /** What each place said last, whether or not it ended the question. */
  readonly seen: readonly PlaceUse[];
}

/** Takes reports of what runs, and answers from them. */
export interface UsageDesk {
  report(claim: UsageClaim): Promise<Reported>;
  /** Expected ones first, each part by name. */
  places(): Promise<readonly PlaceStatus[]>;
  /** In every repository that has it; empty where the gate has not seen it. */
  of(digest: Digest): Promise<readonly ImageUse[]>;
  /** Is journaled. @returns how many images are judged again for it; `undefined` where no such place has reported. */
  forget(place: string, by: Actor): Promise<number | undefined>;
}

import type { Digest } from "../domain/digest.ts";
import type { Repository } from "../domain/image-ref.ts";
import type { UsageReport, Workload } from "../domain/usage.ts";

/** One workload and what is known of one image that it runs or would start. */
export interface SeenWorkload {
  readonly workload: Workload;
  /** All that the source names for it: the index that was asked for, and the platform that was chosen from it. Empty: not known which. */
  readonly digests: readonly Digest[];
  /** Path of the image's name without its registry; absent where it has none. */
  readonly repository?: Repository;
}

export type ReadUsage =
  /** All that runs, as far as the documents tell. `notes`: what was passed over, for people. */
  | {
      readonly kind: "read";
      readonly seen: readonly SeenWorkload[];
      readonly notes: readonly string[];
      /** It looks as if only a part of the place were in it: `the namespace shop`. */
      readonly partOnly?: string;
    }
  /** Not to be used at all: half a list would be taken for the whole. */
  | { readonly kind: "malformed"; readonly why: string; readonly mend: string };

/**
 * Reads what one kind of place says of what runs there. One folder, one line in `usage/table.ts`. Pure: caps on size and depth were applied before.
 */
export interface UsageReader {
  readonly id: string;
  /** The command that prints such documents. */
  readonly command: string;
  /** Members that it looks at, at any depth (`name.*`: and all below); the others are dropped while the text is read. */
  readonly keeps: readonly string[];
  recognises(document: unknown): boolean;
  /** All documents of one report at once, in no order. */
  read(documents: readonly unknown[]): ReadUsage;
}

/** What was read of one place, from all its documents. */
export interface SeenUsage extends Pick<UsageReport, "images" | "unmatched"> {
  /** Readers that were used. */
  readonly from: readonly string[];
  readonly notes: readonly string[];
  readonly partOnly?: string;
}

import type { Digest } from "./digest.ts";
import type { ImageKey, Repository } from "./image-ref.ts";
import type { Duration, Instant } from "./time.ts";

/** Something that runs an image, or would start it: `shop/Deployment/api`, a service, a function. */
export interface Workload {
  readonly name: string;
  /** Whom to tell, where the place says it. */
  readonly owner?: string;
}

/** A workload of whose image the place did not say the digest: nobody can tell which image it runs. */
export interface Unmatched {
  readonly workload: Workload;
  /** Path of the image's name without its registry; absent where it has none: it may be any image. */
  readonly repository?: Repository;
}

/** All that one place (a cluster, an account) runs at one time. An image that is in neither list does not run there. */
export interface UsageReport {
  readonly place: string;
  readonly seenAt: Instant;
  readonly images: readonly { readonly digest: Digest; readonly workloads: readonly [Workload, ...Workload[]] }[];
  readonly unmatched: readonly Unmatched[];
}

/** What a place said last of the images that were asked for; nothing in either list: none of them runs there. */
export interface PlaceUse {
  readonly place: string;
  readonly seenAt: Instant;
  readonly workloads: readonly Workload[];
  /** Those that may run one of them: their image's name fits, and its digest was not said. */
  readonly unmatched: readonly Workload[];
}

/** Somebody who is neither the gate nor a scanner pulled an image. */
export interface Pull {
  readonly image: ImageKey;
  readonly at: Instant;
}

/** A place that is expected to report what it runs, and how old its word may be. */
export interface ExpectedPlace {
  readonly name: string;
  readonly maxAge: Duration;
  /** Whose token alone may report for it; absent: everybody who may report. */
  readonly reporter?: string;
}

/** Whether anything runs an image. Only `not-running` is a proof, and only for the places that were asked; that nobody pulled it proves nothing. */
export type Usage =
  | { readonly kind: "running"; readonly where: readonly [PlaceUse, ...PlaceUse[]] }
  /** Lately: somebody may have begun to run it since the last reports. */
  | { readonly kind: "pulled"; readonly last: Pull }
  /** `seenAt`: of the oldest of the answers. */
  | { readonly kind: "not-running"; readonly seenAt: Instant }
  | { readonly kind: "unknown"; readonly why: string };

/**
 * The last part of a repository's path. Mirrors and pull-through caches put other parts before it (`cache/library/nginx`), so it is all that
 * an image's names have in common.
 */
export function lastPart(repository: Repository): string {
  return repository.slice(repository.lastIndexOf("/") + 1);
}

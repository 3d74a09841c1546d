import type { Digest } from "./digest.ts";
import type { RegistryHost, Repository, Tag } from "./image-ref.ts";
import type { Instant } from "./time.ts";

interface EventFields {
  /** Id that the source gave; with `source` the key by which a repeated delivery is known. */
  readonly id: string;
  /** Provider id. */
  readonly source: string;
  readonly registry: RegistryHost;
  readonly repository: Repository;
  readonly at: Instant | "unknown";
  readonly actor?: string;
}

/**
 * What a registry told us, normalised. An event is a hint: it names something to look at and never decides. The registry is asked before
 * anything is believed.
 */
export type RegistryEvent =
  | (EventFields & { readonly kind: "pushed"; readonly digest?: Digest; readonly tag?: Tag; readonly mediaType?: string })
  | (EventFields & { readonly kind: "deleted"; readonly digest?: Digest; readonly tag?: Tag })
  | (EventFields & { readonly kind: "scanned"; readonly digest?: Digest; readonly tag?: Tag });

/** Somebody fetched a manifest. It changes nothing, and may mean that it runs somewhere now. */
export interface PullEvent extends EventFields {
  readonly digest: Digest;
  /** What the program that fetched it calls itself. */
  readonly userAgent?: string;
}

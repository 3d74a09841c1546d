import type { Digest } from "./digest.ts";
import type { Instant } from "./time.ts";

/** `bundle`: a Sigstore bundle as referrer. `att`: a layer of the older manifest under the tag `sha256-<hex>.att`. No enforcer reads both. */
export const PUBLISHED_FORMS = ["bundle", "att"] as const;
export type PublishedForm = (typeof PUBLISHED_FORMS)[number];

/** What the gate has published of a passing image, as it stood when it last looked. */
export interface Publication {
  /** When the oldest of its attestations was made. */
  readonly at: Instant;
  /** Digests that it was said of: the image, and the children of an index. */
  readonly subjects: readonly Digest[];
  /** Manifests that say so; empty where none could be put there. */
  readonly manifests: readonly Digest[];
  readonly skipped: readonly PublishedForm[];
  /** The last step failed: which, when, and why. What stood before may stand still. */
  readonly fault?: { readonly verb: PublicationVerb; readonly at: Instant; readonly why: string };
}

/** `attest`: the verdict is put beside the image. `withdraw`: it is taken away, which is its revocation. */
export type PublicationVerb = "attest" | "withdraw";

export interface PublicationStep {
  readonly verb: PublicationVerb;
  readonly why: string;
  readonly subjects: readonly Digest[];
}

export type PublicationOutcome =
  | { readonly kind: "done"; readonly manifests: readonly Digest[]; readonly notes: readonly string[] }
  | { readonly kind: "failed"; readonly code: string; readonly why: string };

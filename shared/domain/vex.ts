import type { Instant } from "./time.ts";
import type { Vouched } from "./vouched.ts";

export type VexStatus = "not-affected" | "affected" | "fixed" | "under-investigation";

/** One statement of a VEX document about one vulnerability. */
export interface VexStatement extends Vouched {
  /** All names that the statement gives the vulnerability. */
  readonly ids: readonly string[];
  readonly status: VexStatus;
  /** purls, digests or names of products and their components that it speaks of; empty: the whole image that it is attached to. */
  readonly products: readonly string[];
  /** Components inside of the products; empty: the product as a whole. */
  readonly components: readonly string[];
  /** OpenVEX vocabulary; absent where none is given. */
  readonly justification?: string;
  readonly author: string;
  readonly saidAt: Instant | "unknown";
  /** Where the document lies, for reasons. */
  readonly place: string;
}

import type { Digest } from "../../domain/digest.ts";
import type { Instant } from "../../domain/time.ts";
import type { Judgement } from "./judgement.ts";

/** A signature as an occurrence has it. `payload`: what it says was signed; a PGP message brings its own as well. */
export interface Signed {
  readonly payload: Uint8Array | undefined;
  readonly signature: Uint8Array;
}

/** What a key says of a signature: what was really signed, or what stands against it. */
export type Opened =
  | { readonly kind: "genuine"; readonly payload: Uint8Array; readonly told: Told }
  | { readonly kind: "refused"; readonly judgement: Judgement };

/** Of which key it is, and what else goes into its fact. */
export type Told = Pick<Judgement, "signedAt" | "madeAfter" | "goodUntil"> & { readonly key: Digest };

/** A key of an attestor, ready to verify with; or why it may not be used. */
export type VerificationKey =
  | {
      readonly kind: "usable";
      /** Whether a signature that names its key so means this one. A name is a hint, and proves nothing. */
      readonly isNamed: (id: string) => boolean;
      readonly open: (signed: Signed, now: Instant) => Opened;
    }
  | { readonly kind: "unusable"; readonly why: string };

export function refuse(code: Judgement["code"], detail: string): Extract<Opened, { kind: "refused" }> {
  return { kind: "refused", judgement: { code, detail } };
}

import type { Digest } from "../../domain/digest.ts";
import type { SignatureFact } from "../../domain/evidence.ts";
import type { Instant } from "../../domain/time.ts";
import type { KeylessTrust } from "../sigstore/keyless.ts";
import type { Checked, VerificationKey } from "./keys.ts";

/** What a signature is measured against. */
export interface Expected {
  readonly image: Digest;
  /** The bytes of its manifest; absent as long as no signature was met that is made over them. */
  readonly manifest?: Uint8Array;
  readonly keys: readonly VerificationKey[];
  /** Signers with certificates and the logs, by Sigstore instance; absent where the policy trusts none. */
  readonly sigstore?: readonly Sigstore[];
  /** An attestation of this type, or one of these, is asked for; absent: a signature of the image. */
  readonly predicateType?: string | readonly string[];
  /** Must stand in what was signed. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly now: Instant;
}

/** A Sigstore instance, read; or why its root cannot be used. */
export type Sigstore = ReadySigstore | { readonly kind: "unusable"; readonly name: string; readonly why: string };

export interface ReadySigstore {
  readonly kind: "ready";
  readonly name: string;
  /** With those identities alone that it may vouch for. */
  readonly trust: KeylessTrust;
  readonly allowsChain: boolean;
}

/** What was found out about one signature, before it is known where it lies. */
export type Judgement = Omit<SignatureFact, "format" | "place">;

/** `names`: all under which it verified. */
export function signedBy(names: readonly [string, ...string[]], more: Partial<Judgement>): Judgement {
  const [identity, ...alsoAs] = names;
  return { ...more, code: "ok", identity, ...(alsoAs.length === 0 ? {} : { alsoAs }), detail: `signed by ${names.join(", ")}` };
}

/** Unusable keys leave open who signed: that is our limit, and no word against the signature. */
export function notVerified(checked: Exclude<Checked, { readonly kind: "verified" }>): Judgement {
  if (checked.kind === "open") return { code: "unsupported", detail: checked.why };
  return { code: "signature-invalid", detail: "made by none of the trusted keys, or changed since" };
}

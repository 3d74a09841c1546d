import { createHash, type KeyObject } from "node:crypto";
import type { SigningTime } from "../../domain/evidence.ts";
import type { Instant } from "../../domain/time.ts";
import type { AttestorKey } from "../../ports/occurrence-source.ts";
import { readSpki } from "../spki.ts";
import { isMadeBy, objectionToKey } from "./algorithms.ts";
import type { Judgement } from "./judgement.ts";

/** A signature as an occurrence has it. `payload`: what it says was signed; a PGP message brings its own as well. */
export interface Signed {
  readonly payload: Uint8Array | undefined;
  readonly signature: Uint8Array;
}

/** What a key says of a signature: what was really signed, or what stands against it. */
export type Opened =
  | { readonly kind: "genuine"; readonly payload: Uint8Array; readonly signedAt?: SigningTime; readonly goodUntil?: Instant }
  | { readonly kind: "refused"; readonly judgement: Judgement };

/** A key of an attestor, ready to verify with; or why it may not be used. */
export type VerificationKey =
  | {
      readonly kind: "usable";
      /** Whether a signature that names its key so means this one. A name is a hint, and proves nothing. */
      readonly isNamed: (id: string) => boolean;
      readonly open: (signed: Signed, now: Instant) => Opened;
    }
  | { readonly kind: "unusable"; readonly why: string };

/** Never throws. */
export function readKey(key: AttestorKey): VerificationKey {
  if (key.kind === "pgp") return { kind: "unusable", why: "is an OpenPGP key" };
  const read = readSpki(key.pem);
  if (read === undefined) return { kind: "unusable", why: "is no public key in SPKI PEM form" };
  const objection = objectionToKey(read, key.algorithm);
  if (objection !== undefined) return { kind: "unusable", why: objection };
  const own = key.id ?? defaultId(read);
  return { kind: "usable", isNamed: (id) => id === own, open: (signed) => openPkix(read, key.algorithm, signed) };
}

// RFC 6920, as Binary Authorization and kritis (pkg/attestlib/pkix_key.go) name a key for which nobody gave a name.
function defaultId(key: KeyObject): string {
  const spki = key.export({ type: "spki", format: "der" });
  return `ni:///sha-256;${createHash("sha256").update(spki).digest("base64url")}`;
}

function openPkix(key: KeyObject, algorithm: Parameters<typeof isMadeBy>[1], { payload, signature }: Signed): Opened {
  if (payload === undefined) return refuse("malformed", "it has no serializedPayload, so nothing was signed");
  if (isMadeBy(key, algorithm, payload, signature)) return { kind: "genuine", payload };
  return refuse("signature-invalid", "not made by the key that it names, or changed since");
}

export function refuse(code: Judgement["code"], detail: string): Extract<Opened, { kind: "refused" }> {
  return { kind: "refused", judgement: { code, detail } };
}

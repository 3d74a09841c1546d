import { add, type Instant } from "../../domain/time.ts";
import type { Certificate, Owned } from "./certificate.ts";
import { type KeyState, stateOf } from "./key-state.ts";
import { isMadeBy } from "./made-by.ts";
import { readSignedMessage } from "./message.ts";
import type { Signature } from "./signature.ts";

export type VerifiedMessage =
  | {
      readonly kind: "good";
      readonly content: Uint8Array;
      /** By the word of the signer alone. */
      readonly signedAt: Instant;
      /** From then on it is not good any more, unless its owner lengthens the life of the key. */
      readonly endsAt: Instant | undefined;
    }
  | { readonly kind: "wrong-key" | Exclude<KeyState["kind"], "good"> };

/**
 * Whether the owner of the key signed the message, and key and signature are good now. Who could sign then and may not now does not count: the
 * time in a signature is its maker's word, and a lost key can write any.
 * @throws AdapterError malformed, unsupported, too-large: a message that cannot be read
 */
export function verifyMessage(armored: string, certificate: Certificate, now: Instant): VerifiedMessage {
  const { content, signature } = readSignedMessage(armored);
  const signer = [certificate.primary, ...certificate.subkeys].find((owned) => isNamed(owned, signature));
  if (signer === undefined || !isMadeBy(signer.key, signature, content)) return { kind: "wrong-key" };
  const state = stateOf(certificate, signer, now);
  if (state.kind !== "good") return state;
  const { createdAt, expiresAfter } = signature;
  if (createdAt < signer.key.createdAt) return { kind: "unable" };
  if (createdAt > now) return { kind: "not-yet-valid" };
  const ownEnd = expiresAfter === undefined ? undefined : add(createdAt, expiresAfter);
  if (ownEnd !== undefined && ownEnd <= now) return { kind: "expired" };
  return { kind: "good", content, signedAt: createdAt, endsAt: earlier(state.endsAt, ownEnd) };
}

function isNamed({ key: { fingerprint, keyId } }: Owned, { issuers }: Signature): boolean {
  return issuers.length > 0 && issuers.every((issuer) => issuer === fingerprint || issuer === keyId);
}

function earlier(one: Instant | undefined, other: Instant | undefined): Instant | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? one : other;
}

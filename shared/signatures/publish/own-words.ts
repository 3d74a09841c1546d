import { type KeyObject, verify } from "node:crypto";
import { preAuthenticationEncoding } from "../dsse.ts";

/** A public key that the gate signs with, or has signed with. */
export interface OwnKey {
  readonly key: KeyObject;
  readonly isCurrent: boolean;
}

export interface OwnWords {
  readonly payload: Uint8Array;
  /** By the key in use, not by one of before. */
  readonly isCurrent: boolean;
}

/**
 * What one of the gate's own keys has signed in a bundle or envelope; `undefined` where it is somebody else's. Read as loosely as any consumer
 * might, for it is to be found and taken away wherever one would accept it: in Go names go without regard to case, the last of two members
 * counts, and both forms of an ECDSA signature verify.
 */
export function readOwnWords(bytes: Uint8Array, keys: readonly OwnKey[]): OwnWords | undefined {
  const document = parsed(bytes);
  const envelope = member(document, "dsseenvelope") ?? document;
  const [payload, type, signatures] = ["payload", "payloadtype", "signatures"].map((name) => member(envelope, name));
  if (typeof payload !== "string" || typeof type !== "string" || !Array.isArray(signatures)) return undefined;
  const words = Buffer.from(payload, "base64");
  const covered = preAuthenticationEncoding(type, words);
  const by = signatures.slice(0, MOST_SIGNATURES).flatMap((signature: unknown) => signerOf(member(signature, "sig"), covered, keys));
  return by.length === 0 ? undefined : { payload: words, isCurrent: by.some(({ isCurrent }) => isCurrent) };
}

const MOST_SIGNATURES = 16;

function signerOf(signature: unknown, covered: Uint8Array, keys: readonly OwnKey[]): readonly OwnKey[] {
  if (typeof signature !== "string") return [];
  const bytes = Buffer.from(signature, "base64");
  return keys.filter(({ key }) =>
    (["der", "ieee-p1363"] as const).some((dsaEncoding) => verify("sha256", covered, { key, dsaEncoding }, bytes)),
  );
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** `payload_type`, `payloadType` and `PayloadType` are one name to some reader. */
function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value).findLast(([key]) => key.replaceAll("_", "").toLowerCase() === name)?.[1];
}

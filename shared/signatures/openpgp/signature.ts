import type { Duration, Instant } from "../../domain/time.ts";
import { type Cursor, cursorOver, expectEnd, readInteger, unsupported } from "./cursor.ts";
import { ECDSA, ED25519, EDDSA } from "./public-key.ts";
import { readSubpackets } from "./subpackets.ts";

/** A signature of version 4 whose form is right. Nothing in it has been verified. */
export interface Signature {
  /** RFC 9580, 5.2.1: 0x00 a document, 0x10 to 0x13 a user id, 0x18 a subkey, ... */
  readonly type: number;
  readonly algorithm: number;
  readonly hash: "sha256" | "sha384" | "sha512";
  readonly hashNumber: number;
  readonly createdAt: Instant;
  /** After which it says nothing any more, counted from `createdAt`. */
  readonly expiresAfter: Duration | undefined;
  /** After which the key that it is about says nothing any more, counted from the making of the key. */
  readonly keyExpiresAfter: Duration | undefined;
  readonly keyFlags: number | undefined;
  /** By which key, in its own words: fingerprint (40 digits) or key id (16), upper-case hex. Hints. */
  readonly issuers: readonly string[];
  /** A signature inside: that of a subkey, which says that it belongs to its key. */
  readonly embedded: Uint8Array | undefined;
  /** What is hashed behind the data. */
  readonly trailer: Uint8Array;
  readonly firstHashBytes: Uint8Array;
  readonly numbers: readonly Uint8Array[];
}

const PLACE = "OpenPGP signature";
// RFC 9580, 9.5. SHA-1, MD5, RIPEMD-160 and SHA-224 do not count.
const HASHES: Readonly<Record<number, Signature["hash"]>> = { 8: "sha256", 9: "sha384", 10: "sha512" };
const RSA = [1, 3];

/** Body of a signature packet. @throws AdapterError malformed; unsupported: a version, algorithm or demand that is not known */
export function readSignature(body: Uint8Array): Signature {
  const cursor = cursorOver(body, PLACE);
  const version = cursor.byte();
  if (version !== 4) throw unsupported(PLACE, `of version ${version}; version 4 is read`);
  const [type, algorithm, hashNumber] = [cursor.byte(), cursor.byte(), cursor.byte()];
  const hash = HASHES[hashNumber];
  if (hash === undefined) throw unsupported(PLACE, `by hash algorithm ${hashNumber}, which does not count`);
  const hashedLength = cursor.number(2);
  const { createdAt, issuers, ...says } = readSubpackets(cursor.take(hashedLength), cursor.take(cursor.number(2)));
  const covered = body.subarray(0, 6 + hashedLength);
  return {
    type,
    algorithm,
    hash,
    hashNumber,
    createdAt,
    issuers,
    ...says,
    trailer: Buffer.concat([covered, Uint8Array.of(4, 0xff), uint32(covered.length)]),
    firstHashBytes: cursor.take(2),
    numbers: readNumbers(algorithm, cursor),
  };
}

/** Type of a signature that may be unreadable otherwise. */
export function typeOf(body: Uint8Array): number {
  const [version, second = 0] = body;
  // Version 3 has a length before the type.
  return version === 3 ? (body[2] ?? 0) : second;
}

function readNumbers(algorithm: number, cursor: Cursor): readonly Uint8Array[] {
  const numbers = RSA.includes(algorithm) ? [readInteger(cursor, PLACE)] : readPoint(algorithm, cursor);
  expectEnd(cursor, PLACE);
  return numbers;
}

function readPoint(algorithm: number, cursor: Cursor): readonly Uint8Array[] {
  if (algorithm === ED25519) return [cursor.take(64)];
  if (algorithm !== ECDSA && algorithm !== EDDSA) throw unsupported(PLACE, `by public-key algorithm ${algorithm}, which does not count`);
  return [readInteger(cursor, PLACE), readInteger(cursor, PLACE)];
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

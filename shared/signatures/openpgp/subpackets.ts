import { between, type Duration, type Instant, instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { type Cursor, cursorOver, damaged, unsupported } from "./cursor.ts";

/** What a signature says of itself and of the key that it is about. Only what it covers counts, hints aside. */
export interface Says {
  readonly createdAt: Instant;
  readonly expiresAfter: Duration | undefined;
  readonly keyExpiresAfter: Duration | undefined;
  readonly keyFlags: number | undefined;
  readonly issuers: readonly string[];
  readonly embedded: Uint8Array | undefined;
}

interface Subpacket {
  readonly type: number;
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

const PLACE = "OpenPGP signature";
const MAX_SUBPACKETS = 200;

// RFC 9580, 5.2.3.7.
const CREATED = 2;
const EXPIRES = 3;
const KEY_EXPIRES = 9;
const ISSUER = 16;
const KEY_FLAGS = 27;
const EMBEDDED = 32;
const ISSUER_FINGERPRINT = 33;
// What is read, and what may be critical without changing whether a signature holds: exportable, revocable, preferences, key server,
// primary user id, policy address, signer's user id, reason of a revocation, features, intended recipient.
const KNOWN = [
  CREATED,
  EXPIRES,
  4,
  7,
  KEY_EXPIRES,
  11,
  ISSUER,
  21,
  22,
  23,
  24,
  25,
  26,
  KEY_FLAGS,
  28,
  29,
  30,
  EMBEDDED,
  ISSUER_FINGERPRINT,
  34,
  35,
];

/** @throws AdapterError malformed; unsupported: a critical one that is not known */
export function readSubpackets(hashed: Uint8Array, unhashed: Uint8Array): Says {
  const covered = listOf(hashed);
  const beside = listOf(unhashed);
  const strange = covered.find(({ type, isCritical }) => isCritical && !KNOWN.includes(type));
  if (strange !== undefined) throw unsupported(PLACE, `demands something that is not known (subpacket ${strange.type})`);
  const createdAt = seconds(only(covered, CREATED));
  if (createdAt === undefined) throw damaged(PLACE, "does not tell when it was made");
  const both = [...covered, ...beside];
  return {
    createdAt: instant(createdAt),
    expiresAfter: lasting(only(covered, EXPIRES)),
    keyExpiresAfter: lasting(only(covered, KEY_EXPIRES)),
    keyFlags: only(covered, KEY_FLAGS)?.[0],
    issuers: [...valuesOf(both, ISSUER).map(hex), ...valuesOf(both, ISSUER_FINGERPRINT).map((value) => hex(value.subarray(1)))],
    // It proves itself, so it may stand where nothing is covered.
    embedded: valuesOf(both, EMBEDDED)[0],
  };
}

function listOf(bytes: Uint8Array): readonly Subpacket[] {
  const cursor = cursorOver(bytes, PLACE);
  const found: Subpacket[] = [];
  while (cursor.left() > 0) {
    const inner = cursorOver(cursor.take(lengthOf(cursor)), PLACE);
    const type = inner.byte();
    if (found.push({ type: type & 0x7f, isCritical: (type & 0x80) !== 0, value: inner.rest() }) > MAX_SUBPACKETS)
      throw new AdapterError("too-large", `${PLACE}: more than ${MAX_SUBPACKETS} subpackets`);
  }
  return found;
}

function lengthOf(cursor: Cursor): number {
  const first = cursor.byte();
  if (first < 192) return first;
  return first === 255 ? cursor.number(4) : (first - 192) * 256 + cursor.byte() + 192;
}

function valuesOf(list: readonly Subpacket[], wanted: number): readonly Uint8Array[] {
  return list.filter(({ type }) => type === wanted).map(({ value }) => value);
}

/** Readers that differ on which of two counts could be shown two signatures in one. */
function only(list: readonly Subpacket[], wanted: number): Uint8Array | undefined {
  const [value, ...more] = valuesOf(list, wanted);
  if (more.length > 0) throw damaged(PLACE, `says something twice (subpacket ${wanted})`);
  return value;
}

/** Milliseconds. */
function seconds(value: Uint8Array | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value.length !== 4) throw damaged(PLACE, "a time that is none");
  return cursorOver(value, PLACE).number(4) * 1000;
}

// Zero stands for never.
function lasting(value: Uint8Array | undefined): Duration | undefined {
  const length = seconds(value);
  return length === undefined || length === 0 ? undefined : between(instant(0), instant(length));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex").toUpperCase();
}

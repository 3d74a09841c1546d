import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { type Instant, instant } from "../../domain/time.ts";
import { isStrong } from "../algorithms.ts";
import { type Cursor, cursorOver, damaged, expectEnd, readInteger, unsupported } from "./cursor.ts";

/** A key or subkey of version 4. */
export interface PublicKey {
  /** 40 upper-case hex digits. */
  readonly fingerprint: string;
  /** The last 8 bytes of the fingerprint, in hex: a hint. */
  readonly keyId: string;
  readonly createdAt: Instant;
  /** Number of its algorithm (RFC 9580, 9.1). */
  readonly algorithm: number;
  /** `undefined`: it cannot sign, or not in a way that counts (DSA, curves or sizes that are too weak or not known). */
  readonly key: KeyObject | undefined;
  /** As other signatures cover it: 0x99, length, body. */
  readonly hashed: Uint8Array;
}

const PLACE = "OpenPGP key";
const RSA = [1, 3];
export const ECDSA = 19;
/** EdDSA as GnuPG writes it, and the Ed25519 of RFC 9580. */
export const EDDSA = 22;
export const ED25519 = 27;

// RFC 9580, 9.2: object identifiers of curves, as hex of their DER content.
const CURVES: Readonly<Record<string, { readonly crv: string; readonly size: number }>> = {
  "2a8648ce3d030107": { crv: "P-256", size: 32 },
  "2b81040022": { crv: "P-384", size: 48 },
  "2b81040023": { crv: "P-521", size: 66 },
};
const ED25519_OID = "2b06010401da470f01";

/** Body of a packet of a public key or subkey. @throws AdapterError malformed; unsupported: not of version 4 */
export function readPublicKey(body: Uint8Array): PublicKey {
  const cursor = cursorOver(body, PLACE);
  const version = cursor.byte();
  if (version !== 4) throw unsupported(PLACE, `of version ${version}; version 4 is read`);
  const createdAt = instant(cursor.number(4) * 1000);
  const algorithm = cursor.byte();
  if (body.length > 0xffff) throw damaged(PLACE, "too long");
  const hashed = Buffer.concat([Uint8Array.of(0x99, body.length >> 8, body.length & 0xff), body]);
  // SHA-1 is what a fingerprint of version 4 is; nothing is trusted for being called by one.
  const fingerprint = createHash("sha1").update(hashed).digest("hex").toUpperCase();
  return { fingerprint, keyId: fingerprint.slice(-16), createdAt, algorithm, key: readMaterial(algorithm, cursor), hashed };
}

function readMaterial(algorithm: number, cursor: Cursor): KeyObject | undefined {
  const jwk = readJwk(algorithm, cursor);
  if (jwk === undefined) return undefined;
  expectEnd(cursor, PLACE);
  const key = importJwk(jwk);
  return isStrong(key) ? key : undefined;
}

type Jwk = Readonly<Record<string, string>>;

function readJwk(algorithm: number, cursor: Cursor): Jwk | undefined {
  if (RSA.includes(algorithm)) return { kty: "RSA", n: text(readInteger(cursor, PLACE)), e: text(readInteger(cursor, PLACE)) };
  if (algorithm === ECDSA) return readEcdsa(cursor);
  if (algorithm === EDDSA) return readEddsa(cursor);
  return algorithm === ED25519 ? edwards(cursor.take(32)) : undefined;
}

function readEcdsa(cursor: Cursor): Jwk | undefined {
  const curve = CURVES[Buffer.from(cursor.take(cursor.byte())).toString("hex")];
  const point = readInteger(cursor, PLACE);
  if (curve === undefined) return undefined;
  const { crv, size } = curve;
  if (point.length !== 1 + 2 * size || point[0] !== 4) throw damaged(PLACE, `no point of ${crv}`);
  return { kty: "EC", crv, x: text(point.subarray(1, 1 + size)), y: text(point.subarray(1 + size)) };
}

// RFC 9580, 11.2: a native point behind the byte 0x40.
function readEddsa(cursor: Cursor): Jwk | undefined {
  const curve = Buffer.from(cursor.take(cursor.byte())).toString("hex");
  const point = readInteger(cursor, PLACE);
  if (curve !== ED25519_OID) return undefined;
  if (point.length !== 33 || point[0] !== 0x40) throw damaged(PLACE, "no point of Ed25519");
  return edwards(point.subarray(1));
}

function edwards(point: Uint8Array): Jwk {
  return { kty: "OKP", crv: "Ed25519", x: text(point) };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

function importJwk(jwk: Jwk): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    throw damaged(PLACE, "its numbers are no key");
  }
}

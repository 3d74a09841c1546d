import { createPublicKey, type KeyObject } from "node:crypto";
import type { Instant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { isOnP256, isStrong, readScheme, type Scheme, verifies } from "./algorithms.ts";
import { BIT_STRING, BOOLEAN, context, type Der, elementsIn, expect, malformed, OCTET_STRING, readDer, SEQUENCE, sequence } from "./der.ts";
import { integerBytes, readBitBytes, readBoolean, readCount, readOid, readTime } from "./der-values.ts";

export interface Extension {
  readonly isCritical: boolean;
  /** DER inside. */
  readonly value: Uint8Array;
}

/** A certificate whose form is right (RFC 5280, 4.1). Nothing in it has been verified. */
export interface Certificate {
  readonly bytes: Uint8Array;
  /** What its issuer signed. */
  readonly signed: Uint8Array;
  readonly serial: Uint8Array;
  /** Names in DER: compared byte by byte. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  readonly extensions: ReadonlyMap<string, Extension>;
  /** `undefined`: a scheme that does not count (SHA-1, or one that we do not know). */
  readonly scheme: Scheme | undefined;
  readonly signature: Uint8Array;
}

const PLACE = "certificate";
// Real ones have 0.5 to 4 KiB.
const MAX_BYTES = 32 * 1024;
const MAX_EXTENSIONS = 50;

/** @throws AdapterError malformed, too-large */
export function readCertificate(bytes: Uint8Array): Certificate {
  if (bytes.length > MAX_BYTES) throw new AdapterError("too-large", `${PLACE}: ${bytes.length} bytes, at most ${MAX_BYTES} are read`);
  const [signed, algorithm, signature, ...more] = sequence(readDer(bytes, PLACE), PLACE);
  if (more.length > 0) throw malformed(PLACE, "more than three parts");
  const [version, serial, inner, issuer, validity, subject, publicKey, ...rest] = sequence(signed, PLACE);
  // Versions 1 and 2 have no extensions, so they say nothing about what they may be used for.
  const [number, ...others] = elementsIn(expect(version, context(0), PLACE).content, PLACE);
  if (others.length > 0 || readCount(number, PLACE) !== 2) throw malformed(PLACE, "not of version 3");
  if (inner === undefined || algorithm === undefined || !sameBytes(inner.bytes, algorithm.bytes))
    throw malformed(PLACE, "the algorithm outside is not the one inside");
  const [notBefore, notAfter] = sequence(validity, PLACE);
  return {
    bytes,
    signed: expect(signed, SEQUENCE, PLACE).bytes,
    serial: integerBytes(serial, PLACE),
    issuer: expect(issuer, SEQUENCE, PLACE).bytes,
    subject: expect(subject, SEQUENCE, PLACE).bytes,
    notBefore: readTime(notBefore, PLACE),
    notAfter: readTime(notAfter, PLACE),
    publicKey: expect(publicKey, SEQUENCE, PLACE).bytes,
    extensions: readExtensions(rest),
    scheme: readScheme(algorithm, PLACE),
    signature: readBitBytes(expect(signature, BIT_STRING, PLACE), PLACE),
  };
}

// Behind the key lie two unique ids that nobody uses any more, and the extensions.
function readExtensions(rest: readonly Der[]): ReadonlyMap<string, Extension> {
  const [list, ...more] = rest.filter(({ tag }) => tag !== context(1, false) && tag !== context(2, false));
  if (list === undefined && more.length === 0) return new Map();
  const [extensions, ...others] = elementsIn(expect(list, context(3), PLACE).content, PLACE);
  if (more.length > 0 || others.length > 0) throw malformed(PLACE, "bytes behind the extensions");
  return readExtensionList(extensions, PLACE);
}

/** Extensions of a certificate, list or response. @throws AdapterError malformed, too-large */
export function readExtensionList(list: Der | undefined, place: string): ReadonlyMap<string, Extension> {
  const items = sequence(list, place);
  if (items.length > MAX_EXTENSIONS) throw new AdapterError("too-large", `${place}: ${items.length} extensions`);
  const extensions = new Map<string, Extension>();
  for (const item of items) {
    const [oid, ...fields] = sequence(item, place);
    const isCritical = fields[0]?.tag === BOOLEAN && readBoolean(fields[0], place);
    const [value, ...more] = fields[0]?.tag === BOOLEAN ? fields.slice(1) : fields;
    const name = readOid(oid, place);
    // RFC 5280, 4.2: "must not include more than one instance of a particular extension".
    if (more.length > 0 || extensions.has(name)) throw malformed(place, "an extension twice, or with more than a value");
    extensions.set(name, { isCritical, value: expect(value, OCTET_STRING, place).content });
  }
  return extensions;
}

export function isValidAt({ notBefore, notAfter }: Certificate, at: Instant): boolean {
  return notBefore <= at && at <= notAfter;
}

/**
 * The key of a certificate.
 * @throws AdapterError malformed; unsupported: too weak, or of a kind that does not count
 */
export function keyOf({ publicKey }: Certificate): KeyObject {
  const key = importKey(publicKey);
  if (!isOnP256(publicKey) && !isStrong(key))
    throw new AdapterError("unsupported", `${PLACE}: its key is too weak or of a kind that does not count`);
  return key;
}

function importKey(publicKey: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  } catch {
    throw malformed(PLACE, "its public key cannot be read");
  }
}

/** Whether the key of `issuer` made the signature of `certificate`, and their names fit. @throws AdapterError as keyOf */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (certificate.scheme === undefined || !sameBytes(certificate.issuer, issuer.subject)) return false;
  return verifies(certificate.scheme, keyOf(issuer), certificate.signed, certificate.signature);
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

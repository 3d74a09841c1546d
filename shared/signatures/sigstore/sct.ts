import { type Instant, instant } from "../../domain/time.ts";
import { verifies } from "../algorithms.ts";
import { context, type Der, expect, malformed, OCTET_STRING, readDer, SEQUENCE, sequence } from "../der.ts";
import type { Certificate } from "../x509.ts";
import { type Objection, objection } from "./objection.ts";
import { isWithin, type Link, type TransparencyLog } from "./root.ts";

const SCT_LIST = "1.3.6.1.4.1.11129.2.4.2";
const SCT_LIST_DER = Buffer.from("060a2b06010401d679020402", "hex");
const PLACE = "certificate timestamp";
const MAX_SCTS = 16;

/** A log's promise that it holds the certificate (RFC 6962, 3.2). Nothing in it has been verified. */
interface Sct {
  readonly logId: Buffer;
  readonly at: Instant;
  readonly time: Buffer;
  readonly extensions: Buffer;
  readonly signature: Buffer;
}

/**
 * What stands against a certificate as one that a trusted log of certificates holds. A timestamp by a log that is not trusted says nothing;
 * each one by a trusted log must be genuine.
 * @throws AdapterError malformed
 */
export function objectionToScts(leaf: Certificate, issuer: Link, logs: readonly TransparencyLog[]): Objection | undefined {
  const extension = leaf.extensions.get(SCT_LIST);
  if (extension === undefined) return objection("no-transparency-log", "its certificate carries no timestamp of a certificate log");
  const scts = readScts(Buffer.from(expect(readDer(extension.value, PLACE), OCTET_STRING, PLACE).content));
  const known = scts.flatMap((sct) =>
    logs.filter(({ id, window }) => id.equals(sct.logId) && isWithin(window, sct.at)).map((log) => ({ sct, log })),
  );
  if (known.length === 0) return objection("untrusted-root", "its certificate is in no trusted log of certificates");
  const body = preCertificate(leaf);
  const isGenuine = known.every(({ sct, log }) => verifies(log.scheme, log.key, signedBy(sct, issuer, body), sct.signature));
  return isGenuine
    ? undefined
    : objection("signature-invalid", "its certificate carries a timestamp that a trusted log of certificates did not make");
}

// RFC 6962, 3.2: what the log signed is the certificate as it was before the timestamps went in.
function signedBy({ time, extensions }: Sct, { keyHash }: Link, body: Buffer): Buffer {
  const head = Buffer.concat([Buffer.of(0, 0), time, Buffer.of(0, 1), keyHash, sized(body.length, 3)]);
  return Buffer.concat([head, body, sized(extensions.length, 2), extensions]);
}

function sized(length: number, bytes: number): Buffer {
  const size = Buffer.alloc(bytes);
  size.writeUIntBE(length, 0, bytes);
  return size;
}

/** The signed part of a certificate without the extension that holds the timestamps. */
function preCertificate({ signed }: Certificate): Buffer {
  const parts = sequence(readDer(signed, PLACE), PLACE).map((part) => (part.tag === context(3) ? withoutScts(part) : part.bytes));
  return element(SEQUENCE, parts);
}

function withoutScts(extensions: Der): Buffer {
  const kept = sequence(readDer(extensions.content, PLACE), PLACE).filter(({ content }) => !beginsWith(content, SCT_LIST_DER));
  return element(context(3), [
    element(
      SEQUENCE,
      kept.map(({ bytes }) => bytes),
    ),
  ]);
}

function beginsWith(bytes: Uint8Array, head: Buffer): boolean {
  return bytes.length >= head.length && head.compare(bytes, 0, head.length) === 0;
}

function element(tag: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  const head = bytes === 0 ? Buffer.of(tag, length) : Buffer.concat([Buffer.of(tag, 0x80 | bytes), sized(length, bytes)]);
  return Buffer.concat([head, ...parts]);
}

/** SignedCertificateTimestampList in the encoding of TLS (RFC 6962, 3.3). @throws AdapterError malformed */
function readScts(list: Buffer): readonly Sct[] {
  const [inner, ...more] = vectors(list);
  if (inner === undefined || more.length > 0) throw malformed(PLACE, "no list");
  const items = vectors(inner);
  if (items.length === 0 || items.length > MAX_SCTS) throw malformed(PLACE, `${items.length} of them in one certificate`);
  return items.map(readSct);
}

const HEAD_BYTES = 43;

function readSct(bytes: Buffer): Sct {
  // Version 1 is 0; then the log, the time, extensions and the signature with the numbers of its algorithms.
  if (bytes.length < HEAD_BYTES || bytes[0] !== 0) throw malformed(PLACE, "of another version, or cut off");
  const time = bytes.subarray(33, 41);
  const extensionsEnd = HEAD_BYTES + bytes.readUInt16BE(41);
  const [signature, ...more] = vectors(bytes.subarray(extensionsEnd + 2));
  if (extensionsEnd + 2 > bytes.length || signature === undefined || more.length > 0) throw malformed(PLACE, "without signature");
  const milliseconds = Number(time.readBigUInt64BE());
  if (milliseconds > LAST_MS) throw malformed(PLACE, "of a time that no calendar has");
  return {
    logId: bytes.subarray(1, 33),
    at: instant(milliseconds),
    time,
    extensions: bytes.subarray(HEAD_BYTES, extensionsEnd),
    signature,
  };
}

const LAST_MS = 253_402_300_799_999;

/** Byte strings with their length in two bytes before each. @throws AdapterError malformed */
function vectors(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + 2;
    const end = start <= bytes.length ? start + bytes.readUInt16BE(at) : Number.POSITIVE_INFINITY;
    if (end > bytes.length) throw malformed(PLACE, "cut off");
    found.push(bytes.subarray(start, end));
    at = end;
  }
  return found;
}

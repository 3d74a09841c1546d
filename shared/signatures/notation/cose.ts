import { type Instant, instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { MAX_BYTES } from "../strict.ts";
import { type Cbor, type CborMap, type CborTag, readCbor } from "./cbor.ts";
import { type Algorithm, type Envelope, malformed, readAttributes, TIMESTAMP } from "./envelope.ts";

// Labels of RFC 9052, 3.1 and RFC 9360.
const ALG = 1;
const CRIT = 2;
const CONTENT_TYPE = 3;
const X5CHAIN = 33;
const SIGN1 = 18;
const EPOCH_TIME = 1;
const MAX_CERTIFICATES = 10;
// Values of a real envelope: about 30.
const LIMITS = { maxDepth: 16, maxValues: 1000 };

const ALGORITHMS: ReadonlyMap<unknown, Algorithm> = new Map<unknown, Algorithm>([
  [-37, "PS256"],
  [-38, "PS384"],
  [-39, "PS512"],
  [-7, "ES256"],
  [-35, "ES384"],
  [-36, "ES512"],
]);

/** Reads a COSE_Sign1 envelope with its tag (signature-envelope-cose.md). @throws AdapterError malformed, too-large, unsupported */
export function readCose(bytes: Uint8Array): Envelope {
  if (bytes.length > MAX_BYTES) throw new AdapterError("too-large", `envelope: ${bytes.length} bytes, at most ${MAX_BYTES} are read`);
  const [head, unprotected, payload, signature] = readSign1(bytes);
  const header = mapOf(readCbor(head, { ...LIMITS, place: "protected header" }));
  const algorithm = header.get(ALG);
  const timestamp = unprotected.get(TIMESTAMP);
  return {
    algorithm: ALGORITHMS.get(algorithm) ?? `COSE ${typeof algorithm === "number" ? algorithm : "without number"}`,
    attributes: readAttributes({
      contentType: header.get(CONTENT_TYPE),
      critical: listOf(header.get(CRIT)).map(criticalName),
      has: (name) => header.has(name),
      text: (name) => textOf(header.get(name)),
      time: (name) => timeOf(header.get(name)),
    }),
    payload,
    signed: encodeSigned(head, payload),
    signature,
    certificates: readChain(header, unprotected),
    timestamp: timestamp === undefined ? undefined : bytesOf(timestamp),
  };
}

function readSign1(bytes: Uint8Array): readonly [Uint8Array, CborMap, Uint8Array, Uint8Array] {
  const tagged = readCbor(bytes, { ...LIMITS, place: "envelope" });
  if (!isTag(tagged) || tagged.tag !== SIGN1) throw malformed("no COSE message with one signature");
  const [head, unprotected, payload, signature, ...more] = listOf(tagged.value);
  if (more.length > 0) throw malformed("more than four parts");
  return [bytesOf(head), mapOf(unprotected), bytesOf(payload), bytesOf(signature)];
}

// The labels 0 to 8 are understood by everybody and must not be named; no other number is one of ours.
function criticalName(label: Cbor): string {
  if (typeof label === "string") return label;
  throw malformed("a critical attribute that has no name");
}

// RFC 9360, 2: one certificate stands alone. One place, so that nobody can be shown another chain.
function readChain(header: CborMap, unprotected: CborMap): readonly Uint8Array[] {
  if (header.has(X5CHAIN) && unprotected.has(X5CHAIN)) throw malformed("two chains of certificates");
  const chain = header.get(X5CHAIN) ?? unprotected.get(X5CHAIN);
  const certificates = chain instanceof Uint8Array ? [chain] : listOf(chain).map(bytesOf);
  if (certificates.length === 0 || certificates.length > MAX_CERTIFICATES) throw malformed(`${certificates.length} certificates`);
  return certificates;
}

/** RFC 9052, 4.4: `["Signature1", protected, external data (none), payload]`. */
function encodeSigned(head: Uint8Array, payload: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from("\x84\x6aSignature1", "latin1"),
    encodeHead(head.length),
    head,
    Buffer.of(0x40),
    encodeHead(payload.length),
    payload,
  ]);
}

// A byte string's head in its shortest form.
function encodeHead(length: number): Buffer {
  if (length < 24) return Buffer.of(0x40 | length);
  if (length < 0x100) return Buffer.of(0x58, length);
  if (length < 0x10000) return Buffer.of(0x59, length >> 8, length & 0xff);
  return Buffer.of(0x5a, (length >> 24) & 0xff, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
}

function timeOf(value: Cbor | undefined): Instant | undefined {
  if (value === undefined) return undefined;
  if (!isTag(value) || value.tag !== EPOCH_TIME || typeof value.value !== "number") throw malformed("an attribute that is no time");
  try {
    return instant(value.value * 1000);
  } catch {
    throw malformed("an attribute that is no time");
  }
}

function textOf(value: Cbor | undefined): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw malformed("an attribute that is no text");
}

function bytesOf(value: Cbor | undefined): Uint8Array {
  if (value instanceof Uint8Array && value.length > 0) return value;
  throw malformed("a part that is no string of bytes");
}

function listOf(value: Cbor | undefined): readonly Cbor[] {
  if (Array.isArray(value)) return value as readonly Cbor[];
  throw malformed("a part that is no list");
}

function mapOf(value: Cbor | undefined): CborMap {
  if (value instanceof Map) return value;
  throw malformed("a part that is no map");
}

function isTag(value: Cbor): value is CborTag {
  return typeof value === "object" && value !== null && "tag" in value;
}

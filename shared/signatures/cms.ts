import { createHash } from "node:crypto";
import { type Hash, readHash, readScheme, type Scheme, verifies } from "./algorithms.ts";
import { context, type Der, elementsIn, expect, malformed, OCTET_STRING, readDer, SEQUENCE, SET, sequence } from "./der.ts";
import { integerBytes, readCount, readOid } from "./der-values.ts";
import { type Certificate, keyOf, readCertificate, sameBytes } from "./x509.ts";

/** A signed message with one signer (RFC 5652, SignedData). Nothing in it has been verified. */
export interface SignedMessage {
  /** Object identifier of what is inside. */
  readonly contentType: string;
  readonly content: Uint8Array;
  readonly certificates: readonly Certificate[];
  readonly signer: MessageSigner;
}

export interface MessageSigner {
  readonly issuer: Uint8Array;
  readonly serial: Uint8Array;
  readonly hash: Hash | undefined;
  readonly scheme: Scheme | undefined;
  /** Values of the signed attributes, by object identifier. */
  readonly attributes: ReadonlyMap<string, Der>;
  /** What the signature covers: the attributes as a SET. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

const PLACE = "timestamp";
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
const MAX_CERTIFICATES = 10;

/** @throws AdapterError malformed, too-large */
export function readSignedMessage(bytes: Uint8Array): SignedMessage {
  const [type, wrapped, ...more] = sequence(readDer(bytes, PLACE), PLACE);
  if (more.length > 0 || readOid(type, PLACE) !== SIGNED_DATA) throw malformed(PLACE, "no signed message");
  const [version, hashes, inside, ...rest] = sequence(readDer(expect(wrapped, context(0), PLACE).content, PLACE), PLACE);
  readCount(version, PLACE);
  expect(hashes, SET, PLACE);
  const [contentType, content, ...beside] = sequence(inside, PLACE);
  if (beside.length > 0) throw malformed(PLACE, "more than a type and a content");
  const octets = readDer(expect(content, context(0), PLACE).content, PLACE);
  const signers = elementsIn(expect(rest.at(-1), SET, PLACE).content, PLACE);
  if (signers.length !== 1) throw malformed(PLACE, `${signers.length} signers, exactly one must be there`);
  return {
    contentType: readOid(contentType, PLACE),
    content: expect(octets, OCTET_STRING, PLACE).content,
    certificates: readCertificates(rest.find(({ tag }) => tag === context(0))),
    signer: readSigner(signers[0]),
  };
}

function readCertificates(list: Der | undefined): readonly Certificate[] {
  const elements = list === undefined ? [] : elementsIn(list.content, PLACE);
  if (elements.length > MAX_CERTIFICATES) throw malformed(PLACE, `${elements.length} certificates, at most ${MAX_CERTIFICATES} are read`);
  return elements.map((element) => readCertificate(expect(element, SEQUENCE, PLACE).bytes));
}

function readSigner(element: Der | undefined): MessageSigner {
  const [version, id, hash, attributes, algorithm, signature] = sequence(element, PLACE);
  readCount(version, PLACE);
  const [issuer, serial] = sequence(id, PLACE);
  const set = expect(attributes, context(0), PLACE);
  const name = readHash(hash, PLACE);
  return {
    issuer: expect(issuer, SEQUENCE, PLACE).bytes,
    serial: integerBytes(serial, PLACE),
    hash: name,
    scheme: readSignerScheme(algorithm, name),
    attributes: readAttributes(set),
    // RFC 5652, 5.4: signed under the tag of a SET, not under the one that it is sent with.
    signed: Buffer.concat([Uint8Array.of(SET), set.bytes.subarray(1)]),
    signature: expect(signature, OCTET_STRING, PLACE).content,
  };
}

// RFC 3370, 3.2: the key's own identifier may stand for PKCS #1 v1.5 with the hash of the message.
function readSignerScheme(algorithm: Der | undefined, hash: Hash | undefined): Scheme | undefined {
  const isPlainRsa = readOid(sequence(algorithm, PLACE)[0], PLACE) === RSA_ENCRYPTION;
  if (!isPlainRsa) return readScheme(algorithm, PLACE);
  return hash === undefined ? undefined : { kind: "rsa", hash };
}

function readAttributes({ content }: Der): ReadonlyMap<string, Der> {
  const attributes = new Map<string, Der>();
  for (const element of elementsIn(content, PLACE)) {
    const [type, values] = sequence(element, PLACE);
    const name = readOid(type, PLACE);
    const [value, ...more] = elementsIn(expect(values, SET, PLACE).content, PLACE);
    if (value === undefined || more.length > 0 || attributes.has(name)) throw malformed(PLACE, "an attribute twice, or without one value");
    attributes.set(name, value);
  }
  return attributes;
}

/** The certificate that the message names as its signer's, of those that came along and those that are known otherwise. */
export function signerCertificate({ signer, certificates }: SignedMessage, known: readonly Certificate[]): Certificate | undefined {
  return [...certificates, ...known].find((each) => sameBytes(each.issuer, signer.issuer) && sameBytes(each.serial, signer.serial));
}

/** Whether this certificate's key signed the message and its content. @throws AdapterError malformed, unsupported (a weak key) */
export function isSignedBy({ contentType, content, signer }: SignedMessage, certificate: Certificate): boolean {
  const { hash, scheme, attributes, signed, signature } = signer;
  if (hash === undefined || scheme === undefined) return false;
  const digest = expect(attributes.get(MESSAGE_DIGEST), OCTET_STRING, PLACE).content;
  if (readOid(attributes.get(CONTENT_TYPE), PLACE) !== contentType) return false;
  if (!sameBytes(createHash(hash).update(content).digest(), digest)) return false;
  return verifies(scheme, keyOf(certificate), signed, signature);
}

import { createHash } from "node:crypto";
import type { Instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { readScheme, verifies } from "../algorithms.ts";
import { context, type Der, ENUMERATED, elementsIn, expect, malformed, OCTET_STRING, readDer, SEQUENCE, sequence } from "../der.ts";
import { integerBytes, readBitBytes, readOid, readTime } from "../der-values.ts";
import { type Certificate, isIssuedBy, isValidAt, keyOf, readCertificate, readExtensionList, sameBytes } from "../x509.ts";
import { OCSP_SIGNING, purposesOf } from "../x509-usage.ts";
import { type Issued, isCurrent, type RevocationStatus, unknown } from "./status.ts";

const PLACE = "revocation answer";
const MAX_BYTES = 64 * 1024;
const BASIC = "1.3.6.1.5.5.7.48.1.1";
const NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
const INVALIDITY_DATE = "2.5.29.24";
// The hash only names a certificate here, so the one that all responders know is enough.
const ID_HASHES: Readonly<Record<string, string>> = { "1.3.14.3.2.26": "sha1", "2.16.840.1.101.3.4.2.1": "sha256" };

/** What a responder's answer (RFC 6960) says of a certificate. Pure; never throws on content. */
export function statusInOcsp(bytes: Uint8Array, issued: Issued, now: Instant): RevocationStatus {
  try {
    return judge(bytes, issued, now);
  } catch (error) {
    if (error instanceof AdapterError) return unknown(error.message);
    throw error;
  }
}

function judge(bytes: Uint8Array, issued: Issued, now: Instant): RevocationStatus {
  if (bytes.length > MAX_BYTES) return unknown(`${PLACE}: ${bytes.length} bytes, at most ${MAX_BYTES} are read`);
  const [status, wrapped] = sequence(readDer(bytes, PLACE), PLACE);
  if (expect(status, ENUMERATED, PLACE).content[0] !== 0 || wrapped === undefined) return unknown(`${PLACE}: the responder gives none`);
  const [type, inner] = sequence(readDer(expect(wrapped, context(0), PLACE).content, PLACE), PLACE);
  if (readOid(type, PLACE) !== BASIC) return unknown(`${PLACE}: of another type`);
  const [signed, algorithm, signature, certificates] = sequence(readDer(expect(inner, OCTET_STRING, PLACE).content, PLACE), PLACE);
  const scheme = readScheme(algorithm, PLACE);
  const made = readBitBytes(signature, PLACE);
  const body = expect(signed, SEQUENCE, PLACE);
  const isGenuine = (signer: Certificate): boolean => scheme !== undefined && verifies(scheme, keyOf(signer), body.bytes, made);
  if (!respondersOf(certificates, issued.issuer, now).some(isGenuine)) return unknown(`${PLACE}: not signed by the issuer or for it`);
  return find(body, issued, now);
}

// RFC 6960, 4.2.2.2: the issuer itself, or whom it gave a certificate for just that. Of one that could be revoked itself we would have to
// ask on, so only those count that need no asking.
function respondersOf(list: Der | undefined, issuer: Certificate, now: Instant): readonly Certificate[] {
  if (list === undefined) return [issuer];
  const certificates = sequence(readDer(expect(list, context(0), PLACE).content, PLACE), PLACE).slice(0, 4);
  const delegates = certificates
    .map(({ bytes }) => readCertificate(bytes))
    .filter(
      (each) =>
        isValidAt(each, now) &&
        each.extensions.has(NO_CHECK) &&
        purposesOf(each)?.purposes.includes(OCSP_SIGNING) === true &&
        isIssuedBy(each, issuer),
    );
  return [issuer, ...delegates];
}

// ResponseData: version ([0]) and responder ([1] or [2]) come before time and answers, extensions ([1]) after them.
function find(body: Der, issued: Issued, now: Instant): RevocationStatus {
  const answers = sequence(body, PLACE).find(({ tag }) => tag === SEQUENCE);
  for (const answer of sequence(answers, PLACE)) {
    const [id, state, thisUpdate, ...rest] = sequence(answer, PLACE);
    if (!isAbout(id, issued)) continue;
    const next = rest.find(({ tag }) => tag === context(0));
    const nextUpdate = next === undefined ? undefined : readTime(readDer(next.content, PLACE), PLACE);
    if (!isCurrent(readTime(thisUpdate, PLACE), nextUpdate, now)) return unknown(`${PLACE}: too old, or not valid yet`);
    return stateOf(state, rest);
  }
  return unknown(`${PLACE}: about another certificate`);
}

function isAbout(id: Der | undefined, { certificate, issuer }: Issued): boolean {
  const [algorithm, name, key, serial] = sequence(id, PLACE);
  const hash = ID_HASHES[readOid(sequence(algorithm, PLACE)[0], PLACE)];
  if (hash === undefined || !sameBytes(integerBytes(serial, PLACE), certificate.serial)) return false;
  const digest = (bytes: Uint8Array): Uint8Array => createHash(hash).update(bytes).digest();
  return (
    sameBytes(expect(name, OCTET_STRING, PLACE).content, digest(issuer.subject)) &&
    sameBytes(expect(key, OCTET_STRING, PLACE).content, digest(keyBits(issuer)))
  );
}

/** The key itself, without its algorithm. */
export function keyBits({ publicKey }: Certificate): Uint8Array {
  return readBitBytes(sequence(readDer(publicKey, PLACE), PLACE)[1], PLACE);
}

function stateOf(state: Der | undefined, rest: readonly Der[]): RevocationStatus {
  switch (state?.tag) {
    case context(0, false):
      return { kind: "good" };
    case context(1):
      return { kind: "revoked", invalidAt: invalidityDate(rest) };
    case context(2, false):
      return unknown(`${PLACE}: the responder does not know the certificate`);
    default:
      throw malformed(PLACE, "no state");
  }
}

function invalidityDate(rest: readonly Der[]): Instant | undefined {
  const element = rest.find(({ tag }) => tag === context(1));
  if (element === undefined) return undefined;
  const date = readExtensionList(elementsIn(element.content, PLACE)[0], PLACE).get(INVALIDITY_DATE);
  return date === undefined ? undefined : readTime(readDer(date.value, PLACE), PLACE);
}

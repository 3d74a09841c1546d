import { createHash } from "node:crypto";
import type { Instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AnswerRead } from "../../ports/notation-trust.ts";
import { readScheme, verifies } from "../algorithms.ts";
import { context, type Der, ENUMERATED, elementsIn, expect, malformed, OCTET_STRING, readDer, SEQUENCE, sequence } from "../der.ts";
import { integerBytes, readBitBytes, readOid, readTime } from "../der-values.ts";
import { type Certificate, isIssuedBy, isValidAt, keyOf, readCertificate, readExtensionList, sameBytes } from "../x509.ts";
import { OCSP_SIGNING, purposesOf } from "../x509-usage.ts";
import { type Issued, isCurrent, type RevocationStatus, unknown } from "./status.ts";

const PLACE = "revocation answer";
export const MAX_ANSWER_BYTES = 1024 * 1024;
const BASIC = "1.3.6.1.5.5.7.48.1.1";
const NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
const INVALIDITY_DATE = "2.5.29.24";
// The hash only names a certificate here, so the one that all responders know is enough.
const ID_HASHES: Readonly<Record<string, string>> = { "1.3.14.3.2.26": "sha1", "2.16.840.1.101.3.4.2.1": "sha256" };

/** What a responder's answer says of a certificate, and whom the issuer let give it. */
export interface ReadAnswer extends AnswerRead {
  readonly status: RevocationStatus;
  /** The responder's own certificate, where somebody has to be asked whether it has been revoked. */
  readonly delegate?: Certificate;
}

/** Reads a responder's answer (RFC 6960). Pure; never throws on content. */
export function readAnswer(bytes: Uint8Array, issued: Issued, now: Instant): ReadAnswer {
  try {
    return judge(bytes, issued, now);
  } catch (error) {
    if (error instanceof AdapterError) return { status: unknown(error.message) };
    throw error;
  }
}

function judge(bytes: Uint8Array, issued: Issued, now: Instant): ReadAnswer {
  if (bytes.length > MAX_ANSWER_BYTES) throw malformed(PLACE, `${bytes.length} bytes, at most ${MAX_ANSWER_BYTES} are read`);
  const [status, wrapped] = sequence(readDer(bytes, PLACE), PLACE);
  if (expect(status, ENUMERATED, PLACE).content[0] !== 0 || wrapped === undefined) throw malformed(PLACE, "the responder gives none");
  const [type, inner] = sequence(readDer(expect(wrapped, context(0), PLACE).content, PLACE), PLACE);
  if (readOid(type, PLACE) !== BASIC) throw malformed(PLACE, "of another type");
  const [signed, algorithm, signature, certificates] = sequence(readDer(expect(inner, OCTET_STRING, PLACE).content, PLACE), PLACE);
  const scheme = readScheme(algorithm, PLACE);
  const made = readBitBytes(signature, PLACE);
  const body = expect(signed, SEQUENCE, PLACE);
  const isGenuine = (signer: Certificate): boolean => scheme !== undefined && verifies(scheme, keyOf(signer), body.bytes, made);
  const signer = respondersOf(certificates, issued.issuer, now).find(isGenuine);
  if (signer === undefined) throw malformed(PLACE, "not signed by the issuer or for it");
  const isFree = signer === issued.issuer || signer.extensions.has(NO_CHECK);
  return { ...find(body, issued, now), ...(isFree ? {} : { delegate: signer }) };
}

// RFC 6960, 4.2.2.2: the issuer itself, or whom it gave a certificate for just that.
function respondersOf(list: Der | undefined, issuer: Certificate, now: Instant): readonly Certificate[] {
  if (list === undefined) return [issuer];
  const certificates = sequence(readDer(expect(list, context(0), PLACE).content, PLACE), PLACE).slice(0, 4);
  const delegates = certificates
    .map(({ bytes }) => readCertificate(bytes))
    .filter((each) => isValidAt(each, now) && purposesOf(each)?.purposes.includes(OCSP_SIGNING) === true && isIssuedBy(each, issuer));
  return [issuer, ...delegates];
}

// ResponseData: version ([0]) and responder ([1] or [2]) come before time and answers, extensions ([1]) after them.
function find(body: Der, issued: Issued, now: Instant): ReadAnswer {
  const answers = sequence(body, PLACE).find(({ tag }) => tag === SEQUENCE);
  for (const answer of sequence(answers, PLACE)) {
    const [id, state, thisUpdate, ...rest] = sequence(answer, PLACE);
    if (!isAbout(id, issued)) continue;
    const next = rest.find(({ tag }) => tag === context(0));
    // An answer that names no end could be replayed for ever.
    if (next === undefined) throw malformed(PLACE, "does not say until when it holds");
    const times = { thisUpdate: readTime(thisUpdate, PLACE), nextUpdate: readTime(readDer(next.content, PLACE), PLACE) };
    if (!isCurrent(times, now)) return { status: unknown(`${PLACE}: too old, or not valid yet`), times };
    const status = stateOf(state, rest, times.nextUpdate);
    // A responder that does not know a certificate may have been asked too early: it is asked again.
    return status.kind === "unknown" ? { status } : { status, times };
  }
  throw malformed(PLACE, "about another certificate");
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

function stateOf(state: Der | undefined, rest: readonly Der[], until: Instant): RevocationStatus {
  switch (state?.tag) {
    case context(0, false):
      return { kind: "good", until };
    case context(1):
      return { kind: "revoked", invalidAt: invalidityDate(rest), until };
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

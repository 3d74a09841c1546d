import { createHash } from "node:crypto";
import { type Instant, instant } from "../domain/time.ts";
import { type Hash, readHash } from "./algorithms.ts";
import { isSignedBy, readSignedMessage, type SignedMessage, signerCertificate } from "./cms.ts";
import { context, type Der, expect, GENERALIZED_TIME, malformed, OCTET_STRING, OID, readDer, SEQUENCE, sequence } from "./der.ts";
import { readCount, readOid, readTime } from "./der-values.ts";
import { type Certificate, isIssuedBy, isValidAt, sameBytes } from "./x509.ts";
import { constraintsOf, DIGITAL_SIGNATURE, KEY_CERT_SIGN, purposesOf, TIME_STAMPING, unknownCritical, usageOf } from "./x509-usage.ts";

/** What a timestamp authority says (RFC 3161): these bytes existed at some instant within this range. */
export interface Timestamp {
  readonly from: Instant;
  readonly to: Instant;
  /** From the signer up to the trusted certificate. */
  readonly chain: readonly Certificate[];
}

export type TimestampOutcome =
  | { readonly kind: "verified"; readonly timestamp: Timestamp }
  /** `mismatch`: of other bytes. `untrusted`: no way to a trusted certificate. */
  | { readonly kind: "invalid" | "mismatch" | "untrusted"; readonly why: string };

const PLACE = "timestamp";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
// ETSI EN 319 422: such a service answers within a second.
const BASELINE_POLICY = "0.4.0.2023.1.1";
const MAX_CHAIN = 6;

interface Statement {
  readonly hash: Hash | undefined;
  readonly digest: Uint8Array;
  readonly at: Instant;
  /** Milliseconds before and after. */
  readonly accuracy: number;
}

/**
 * Judges a timestamp token (a ContentInfo, without the response around it) over these bytes. Each certificate of the authority must be valid
 * at the time it tells; whether one has been revoked since is the caller's question.
 * @throws AdapterError malformed, too-large, unsupported (a weak key)
 */
export function verifyTimestamp(token: Uint8Array, over: Uint8Array, anchors: readonly Certificate[]): TimestampOutcome {
  const message = readSignedMessage(token);
  if (message.contentType !== TST_INFO) throw malformed(PLACE, "the message holds no time");
  const { hash, digest, at, accuracy } = readStatement(message.content);
  if (hash === undefined) return { kind: "invalid", why: "made over a hash that does not count" };
  if (!sameBytes(createHash(hash).update(over).digest(), digest)) return { kind: "mismatch", why: "a timestamp of something else" };
  const signer = signerCertificate(message, anchors);
  if (signer === undefined) return { kind: "untrusted", why: "the certificate of its signer is not there" };
  if (!isForTimestamps(signer)) return { kind: "invalid", why: "its signer's certificate is not for timestamps only" };
  if (!namesSigner(message, signer) || !isSignedBy(message, signer)) return { kind: "invalid", why: "its signature does not verify" };
  const chain = chainOf(signer, [...anchors, ...message.certificates], anchors, at);
  if (chain === undefined) return { kind: "untrusted", why: "made by no authority that is trusted and was valid then" };
  return { kind: "verified", timestamp: { from: instant(Math.max(0, at - accuracy)), to: instant(at + accuracy), chain } };
}

// RFC 3161, 2.4.2: version, policy, imprint, serial number, time, then the optional ones.
function readStatement(content: Uint8Array): Statement {
  const [version, policy, imprint, serial, time, ...rest] = sequence(readDer(content, PLACE), PLACE);
  if (readCount(version, PLACE) !== 1 || serial === undefined) throw malformed(PLACE, "not of version 1");
  const [algorithm, digest] = sequence(imprint, PLACE);
  const accuracy = rest.find(({ tag }) => tag === SEQUENCE);
  const byDefault = readOid(expect(policy, OID, PLACE), PLACE) === BASELINE_POLICY ? 1000 : 0;
  return {
    hash: readHash(algorithm, PLACE),
    digest: expect(digest, OCTET_STRING, PLACE).content,
    at: readTime(expect(time, GENERALIZED_TIME, PLACE), PLACE),
    accuracy: accuracy === undefined ? byDefault : readAccuracy(accuracy),
  };
}

// Seconds, then milli- and microseconds under tags 0 and 1. Part of a millisecond counts as a whole one.
function readAccuracy(element: Der): number {
  const parts = new Map(sequence(element, PLACE).map((part) => [part.tag, part]));
  const count = (tag: number): number => {
    const part = parts.get(tag);
    return part === undefined ? 0 : readCount({ ...part, tag: 0x02 }, PLACE);
  };
  const total = count(0x02) * 1000 + count(context(0, false)) + Math.ceil(count(context(1, false)) / 1000);
  // A day and more is no accuracy, and such a range would end after time itself.
  if (total > 86_400_000) throw malformed(PLACE, "an accuracy of more than a day");
  return total;
}

// RFC 3161, 2.3: one purpose, and critical.
function isForTimestamps(certificate: Certificate): boolean {
  const purposes = purposesOf(certificate);
  const usage = usageOf(certificate);
  return (
    purposes?.isCritical === true &&
    purposes.purposes.length === 1 &&
    purposes.purposes[0] === TIME_STAMPING &&
    (usage === undefined || usage.bits.has(DIGITAL_SIGNATURE)) &&
    constraintsOf(certificate)?.isAuthority !== true
  );
}

// RFC 5816: the signed attribute binds the certificate, so that another one of the same name and key cannot take its place.
function namesSigner({ signer: { attributes } }: SignedMessage, certificate: Certificate): boolean {
  const attribute = attributes.get(SIGNING_CERTIFICATE_V2);
  if (attribute === undefined) return false;
  const [first] = sequence(sequence(attribute, PLACE)[0], PLACE);
  const fields = sequence(first, PLACE);
  const [algorithm, digest] = fields[0]?.tag === SEQUENCE ? fields : [undefined, fields[0]];
  const hash = algorithm === undefined ? "sha256" : readHash(algorithm, PLACE);
  if (hash === undefined) return false;
  return sameBytes(createHash(hash).update(certificate.bytes).digest(), expect(digest, OCTET_STRING, PLACE).content);
}

/** The way from a certificate to a trusted one; each valid at that time, each authority allowed to sign certificates. */
function chainOf(
  leaf: Certificate,
  known: readonly Certificate[],
  anchors: readonly Certificate[],
  at: Instant,
): readonly Certificate[] | undefined {
  const chain = [leaf];
  for (let last = leaf; chain.length <= MAX_CHAIN; ) {
    if (!isValidAt(last, at) || unknownCritical(last) !== undefined) return undefined;
    const current = last;
    if (anchors.some((anchor) => sameBytes(anchor.bytes, current.bytes))) return chain;
    const issuer = known.find((each) => mayIssue(each, chain.length - 1) && isIssuedBy(current, each) && !chain.includes(each));
    if (issuer === undefined) return undefined;
    chain.push(issuer);
    last = issuer;
  }
  return undefined;
}

function mayIssue(authority: Certificate, below: number): boolean {
  const constraints = constraintsOf(authority);
  const usage = usageOf(authority);
  if (constraints?.isAuthority !== true || (constraints.pathLength ?? below) < below) return false;
  return usage === undefined || usage.bits.has(KEY_CERT_SIGN);
}

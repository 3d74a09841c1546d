import type { Instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { readScheme, verifies } from "../algorithms.ts";
import {
  context,
  type Der,
  elementsIn,
  expect,
  GENERALIZED_TIME,
  INTEGER,
  malformed,
  readDer,
  SEQUENCE,
  sequence,
  UTC_TIME,
} from "../der.ts";
import { integerBytes, readBitBytes, readTime } from "../der-values.ts";
import { type Certificate, type Extension, keyOf, readExtensionList, sameBytes } from "../x509.ts";
import { CRL_SIGN, usageOf } from "../x509-usage.ts";
import { type Issued, isCurrent, type RevocationStatus, unknown } from "./status.ts";

const PLACE = "revocation list";
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_ENTRIES = 200_000;
const INVALIDITY_DATE = "2.5.29.24";
const REASON = "2.5.29.21";
const CERTIFICATE_ISSUER = "2.5.29.29";
const DELTA = "2.5.29.27";
const FRESHEST = "2.5.29.46";
const DISTRIBUTION_POINT = "2.5.29.28";
const REMOVE_FROM_CRL = 8;

/** What a list of revoked certificates (RFC 5280, 5) says of a certificate. Pure; never throws on content. */
export function statusInCrl(bytes: Uint8Array, issued: Issued, now: Instant): RevocationStatus {
  try {
    return judge(bytes, issued, now);
  } catch (error) {
    if (error instanceof AdapterError) return unknown(error.message);
    throw error;
  }
}

function judge(bytes: Uint8Array, { certificate, issuer }: Issued, now: Instant): RevocationStatus {
  if (bytes.length > MAX_BYTES) return unknown(`${PLACE}: ${bytes.length} bytes, at most ${MAX_BYTES} are read`);
  const { signed, algorithm, signature, name, thisUpdate, rest } = readList(bytes);
  if (!sameBytes(name, certificate.issuer)) return unknown(`${PLACE}: of another issuer`);
  if (!isSignedBy(issuer, signed, algorithm, signature)) return unknown(`${PLACE}: not signed by the issuer`);
  const nextUpdate = rest[0] !== undefined && isTime(rest[0]) ? readTime(rest[0], PLACE) : undefined;
  if (!isCurrent(thisUpdate, nextUpdate, now)) return unknown(`${PLACE}: too old, or not valid yet`);
  return limits(rest) ?? find(rest, certificate.serial);
}

interface List {
  readonly signed: Der;
  readonly algorithm: Der;
  readonly signature: Uint8Array;
  /** Of the issuer, in DER. */
  readonly name: Uint8Array;
  readonly thisUpdate: Instant;
  /** Next update, entries and extensions, as far as they are there. */
  readonly rest: readonly Der[];
}

function readList(bytes: Uint8Array): List {
  const [signed, algorithm, signature] = sequence(readDer(bytes, PLACE), PLACE);
  const fields = sequence(signed, PLACE);
  const [inner, name, thisUpdate, ...rest] = fields[0]?.tag === INTEGER ? fields.slice(1) : fields;
  const outer = expect(algorithm, SEQUENCE, PLACE);
  if (!sameBytes(expect(inner, SEQUENCE, PLACE).bytes, outer.bytes)) throw malformed(PLACE, "the algorithm outside is not the one inside");
  return {
    signed: expect(signed, SEQUENCE, PLACE),
    algorithm: outer,
    signature: readBitBytes(signature, PLACE),
    name: expect(name, SEQUENCE, PLACE).bytes,
    thisUpdate: readTime(thisUpdate, PLACE),
    rest,
  };
}

function isSignedBy(issuer: Certificate, signed: Der, algorithm: Der, signature: Uint8Array): boolean {
  const scheme = readScheme(algorithm, PLACE);
  // RFC 5280, 6.3.3 (f): an authority that says what its key is for must say this too.
  if (scheme === undefined || usageOf(issuer)?.bits.has(CRL_SIGN) === false) return false;
  return verifies(scheme, keyOf(issuer), signed.bytes, signature);
}

function isTime({ tag }: Der): boolean {
  return tag === UTC_TIME || tag === GENERALIZED_TIME;
}

// Parts of a list, and lists of some kinds of certificates only, prove nothing about what they do not name.
function limits(rest: readonly Der[]): RevocationStatus | undefined {
  const element = rest.find(({ tag }) => tag === context(0));
  const extensions = element === undefined ? new Map<string, Extension>() : readExtensionList(readDer(element.content, PLACE), PLACE);
  const isPartial = extensions.has(DELTA) || extensions.has(FRESHEST) || extensions.has(DISTRIBUTION_POINT);
  if (isPartial) return unknown(`${PLACE}: a part of a list; whole lists are read`);
  return [...extensions.values()].some(({ isCritical }) => isCritical)
    ? unknown(`${PLACE}: a critical extension that is not known`)
    : undefined;
}

function find(rest: readonly Der[], serial: Uint8Array): RevocationStatus {
  const entries = rest.find(({ tag }) => tag === SEQUENCE);
  if (entries === undefined) return { kind: "good" };
  for (const entry of elementsIn(entries.content, PLACE, MAX_ENTRIES)) {
    const [number, , extensions] = sequence(entry, PLACE);
    const details = extensions === undefined ? new Map<string, Extension>() : readExtensionList(extensions, PLACE);
    // Indirect lists name certificates of other issuers.
    if (details.has(CERTIFICATE_ISSUER)) return unknown(`${PLACE}: of more than one issuer`);
    if (sameBytes(integerBytes(number, PLACE), serial)) return revoked(details);
  }
  return { kind: "good" };
}

function revoked(details: ReadonlyMap<string, Extension>): RevocationStatus {
  const reason = details.get(REASON);
  if (reason !== undefined && readDer(reason.value, PLACE).content[0] === REMOVE_FROM_CRL) return { kind: "good" };
  const invalidity = details.get(INVALIDITY_DATE);
  return { kind: "revoked", invalidAt: invalidity === undefined ? undefined : readTime(readDer(invalidity.value, PLACE), PLACE) };
}

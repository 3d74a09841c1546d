import { type Instant, instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AnswerRead, AnswerTimes } from "../../ports/notation-trust.ts";
import { readScheme, verifies } from "../algorithms.ts";
import { context, type Der, expect, GENERALIZED_TIME, INTEGER, malformed, readDer, SEQUENCE, sequence, UTC_TIME } from "../der.ts";
import { integerBytes, readBitBytes, readTime } from "../der-values.ts";
import { type Certificate, type Extension, keyOf, readExtensionList, sameBytes } from "../x509.ts";
import { CRL_SIGN, usageOf } from "../x509-usage.ts";
import { FRESHEST, freshestAddresses } from "./addresses.ts";
import { CERTIFICATE_HOLD, type Entries, findEntry, type ListEntry, REMOVE_FROM_CRL } from "./crl-entry.ts";
import { readScope, scopeObjection } from "./crl-scope.ts";
import { type Issued, isCurrent, type RevocationStatus, unknown } from "./status.ts";

/** A list of revoked certificates (RFC 5280, 5), signed by who may sign it. */
export interface RevocationList extends Entries {
  readonly times: AnswerTimes;
  readonly number: bigint | undefined;
  /** Of a list of changes only: the number of the whole list that it starts from. */
  readonly baseNumber: bigint | undefined;
  /** The scope in DER: a list of changes has that of its whole list. */
  readonly scopeBytes: Uint8Array;
  /** Addresses of the changes since. */
  readonly freshest: readonly string[];
}

export type ReadList = AnswerRead & (({ readonly kind: "list" } & RevocationList) | { readonly kind: "unknown"; readonly why: string });

const PLACE = "revocation list";
export const MAX_LIST_BYTES = 32 * 1024 * 1024;
const NUMBER = "2.5.29.20";
const DELTA = "2.5.29.27";
const SCOPE = "2.5.29.28";
const UNDERSTOOD: readonly string[] = [NUMBER, DELTA, SCOPE, FRESHEST];
const NOTHING = new Uint8Array();

/** Reads a list that may be about a certificate. Pure; never throws on content. */
export function readList(bytes: Uint8Array, issued: Issued): ReadList {
  return orUnknown(() => {
    if (bytes.length > MAX_LIST_BYTES) return unknown(`${PLACE}: ${bytes.length} bytes, at most ${MAX_LIST_BYTES} are read`);
    const { signed, algorithm, signature, ...list } = readForm(bytes);
    const signers = [issued.issuer, ...(issued.above ?? [])].filter(({ subject }) => sameBytes(subject, list.issuer));
    if (signers.length === 0) return unknown(`${PLACE}: of another issuer`);
    const isSigned = signers.some((signer) => isSignedBy(signer, signed, algorithm, signature));
    return isSigned ? { kind: "list", ...list } : unknown(`${PLACE}: not signed by the issuer`);
  });
}

/** What a whole list says of a certificate, with the changes since then where there are any. Pure; never throws on content. */
export function statusInList(
  whole: RevocationList,
  changes: RevocationList | undefined,
  { certificate }: Issued,
  now: Instant,
): RevocationStatus {
  return orUnknown(() => {
    if (whole.baseNumber !== undefined) return unknown(`${PLACE}: of changes only, where the whole list should be`);
    const objection = scopeObjection(whole.issuer, whole.scope, certificate);
    if (objection !== undefined) return unknown(`${PLACE}: ${objection}`);
    const written = findEntry(whole, certificate);
    if (!isCurrent(whole.times, now)) return statusInOld(written);
    const until = instant(Math.min(whole.times.nextUpdate, changes?.times.nextUpdate ?? Number.POSITIVE_INFINITY));
    const last = written === undefined || written.reason === CERTIFICATE_HOLD ? lastOf(written, changes, certificate) : written;
    return { ...(last === undefined ? { kind: "good" } : { kind: "revoked", invalidAt: last.invalidAt }), until };
  });
}

// trust-store-trust-policy.md, "Revocation Checking with CRL": whoever was revoked for good is so whatever a later list says.
function statusInOld(written: ListEntry | undefined): RevocationStatus {
  if (written === undefined || written.reason === CERTIFICATE_HOLD) return unknown(`${PLACE}: too old, or not valid yet`);
  return { kind: "revoked", invalidAt: written.invalidAt };
}

function lastOf(written: ListEntry | undefined, changes: RevocationList | undefined, certificate: Certificate): ListEntry | undefined {
  const changed = changes === undefined ? undefined : findEntry(changes, certificate);
  return changed?.reason === REMOVE_FROM_CRL ? undefined : (changed ?? written);
}

/** Why a list is not that of the changes since a whole one (RFC 5280, 5.2.4 and 6.3.3 (c)); `undefined`: it is. */
export function changesObjection(changes: RevocationList, whole: RevocationList, now: Instant): string | undefined {
  const { baseNumber } = changes;
  if (baseNumber === undefined) return "a whole list, where the changes should be";
  if (!sameBytes(changes.issuer, whole.issuer) || !sameBytes(changes.scopeBytes, whole.scopeBytes)) return "changes of another list";
  if (whole.number === undefined || baseNumber > whole.number) return "changes since a later list";
  return isCurrent(changes.times, now) ? undefined : "changes that are too old, or not valid yet";
}

function orUnknown<Read>(read: () => Read): Read | ReturnType<typeof unknown> {
  try {
    return read();
  } catch (error) {
    if (error instanceof AdapterError) return unknown(error.message);
    throw error;
  }
}

function readForm(bytes: Uint8Array): RevocationList & { readonly signed: Der; readonly algorithm: Der; readonly signature: Uint8Array } {
  const [signed, algorithm, signature] = sequence(readDer(bytes, PLACE), PLACE);
  const fields = sequence(signed, PLACE);
  const [inner, name, thisUpdate, ...rest] = fields[0]?.tag === INTEGER ? fields.slice(1) : fields;
  const outer = expect(algorithm, SEQUENCE, PLACE);
  if (!sameBytes(expect(inner, SEQUENCE, PLACE).bytes, outer.bytes)) throw malformed(PLACE, "the algorithm outside is not the one inside");
  return {
    signed: expect(signed, SEQUENCE, PLACE),
    algorithm: outer,
    signature: readBitBytes(signature, PLACE),
    issuer: expect(name, SEQUENCE, PLACE).bytes,
    times: { thisUpdate: readTime(thisUpdate, PLACE), nextUpdate: nextUpdate(rest[0]) },
    entries: rest.find(({ tag }) => tag === SEQUENCE)?.content ?? NOTHING,
    ...readExtensions(rest),
  };
}

// A list that names no end could be replayed for ever.
function nextUpdate(element: Der | undefined): Instant {
  if (element?.tag === UTC_TIME || element?.tag === GENERALIZED_TIME) return readTime(element, PLACE);
  throw malformed(PLACE, "does not say when the next one comes");
}

function readExtensions(rest: readonly Der[]): Pick<RevocationList, "number" | "baseNumber" | "scope" | "scopeBytes" | "freshest"> {
  const element = rest.find(({ tag }) => tag === context(0));
  const extensions = element === undefined ? new Map<string, Extension>() : readExtensionList(readDer(element.content, PLACE), PLACE);
  const unknownOne = [...extensions].find(([oid, { isCritical }]) => isCritical && !UNDERSTOOD.includes(oid));
  if (unknownOne !== undefined) throw malformed(PLACE, `its critical extension ${unknownOne[0]} is not known`);
  const scope = extensions.get(SCOPE)?.value;
  return {
    number: numberIn(extensions.get(NUMBER)),
    baseNumber: numberIn(extensions.get(DELTA)),
    scope: scope === undefined ? undefined : readScope(scope),
    scopeBytes: scope ?? NOTHING,
    freshest: freshestAddresses({ extensions }),
  };
}

// RFC 5280, 5.2.3: 20 bytes at most.
function numberIn(extension: Extension | undefined): bigint | undefined {
  if (extension === undefined) return undefined;
  const bytes = integerBytes(readDer(extension.value, PLACE), PLACE);
  if (bytes.length > 21 || (bytes[0] ?? 0) >= 0x80) throw malformed(PLACE, "a number that is negative or too large");
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function isSignedBy(issuer: Certificate, signed: Der, algorithm: Der, signature: Uint8Array): boolean {
  const scheme = readScheme(algorithm, PLACE);
  // RFC 5280, 6.3.3 (f): an authority that says what its key is for must say this too.
  if (scheme === undefined || usageOf(issuer)?.bits.has(CRL_SIGN) === false) return false;
  return verifies(scheme, keyOf(issuer), signed.bytes, signature);
}

import type { Instant } from "../../domain/time.ts";
import { type Der, ENUMERATED, eachIn, elementsIn, expect, malformed, readDer, sequence } from "../der.ts";
import { integerBytes, readTime } from "../der-values.ts";
import { type Certificate, type Extension, readExtensionList, sameBytes } from "../x509.ts";
import { directoryNames } from "./addresses.ts";
import type { ListScope } from "./crl-scope.ts";

/** What a list says of a certificate that stands on it. */
export interface ListEntry {
  readonly reason: number | undefined;
  /** From when on it must not be trusted, where the issuer says it. */
  readonly invalidAt: Instant | undefined;
}

export interface Entries {
  /** One after the other, in DER. */
  readonly entries: Uint8Array;
  /** Name of the list's signer, in DER. */
  readonly issuer: Uint8Array;
  readonly scope: ListScope | undefined;
}

export const CERTIFICATE_HOLD = 6;
export const REMOVE_FROM_CRL = 8;
const PLACE = "revocation list";
const REASON = "2.5.29.21";
const INVALIDITY_DATE = "2.5.29.24";
const CERTIFICATE_ISSUER = "2.5.29.29";
const UNDERSTOOD: readonly string[] = [REASON, INVALIDITY_DATE, CERTIFICATE_ISSUER];
// A critical extension holds this BOOLEAN before its value; where it is nowhere, the details of entries about others are left unread.
const CRITICAL = Buffer.of(0x01, 0x01, 0xff, 0x04);

/** The last word of a list on a certificate; `undefined`: it is not on it. @throws AdapterError malformed */
export function findEntry(list: Entries, certificate: Certificate): ListEntry | undefined {
  // Long lists take a hundred times as long to read as to search, and name hardly anybody that is asked about.
  const isWorthReading = holds(list.entries, certificate.serial) || holds(list.entries, CRITICAL);
  return isWorthReading ? readEntries(list, certificate) : undefined;
}

function readEntries({ entries, issuer, scope }: Entries, { serial, issuer: wanted }: Certificate): ListEntry | undefined {
  // RFC 5280, 5.3.3: an entry without an issuer is of the one before it, the first one of whoever signed the list.
  let of = issuer;
  let found: ListEntry | undefined;
  for (const entry of eachIn(entries, PLACE)) {
    const [number, , extensions] = sequence(entry, PLACE);
    const isAbout = sameBytes(integerBytes(number, PLACE), serial);
    const details = extensions === undefined || !(isAbout || holds(extensions.content, CRITICAL)) ? undefined : readDetails(extensions);
    const named = details?.get(CERTIFICATE_ISSUER);
    if (named !== undefined && scope?.isIndirect !== true) throw malformed(PLACE, "of more than one issuer, and does not say so");
    if (named !== undefined) of = issuerIn(named);
    if (isAbout && sameBytes(of, wanted)) found = entryOf(details);
  }
  return found;
}

function holds(bytes: Uint8Array, part: Uint8Array): boolean {
  return asBuffer(bytes).includes(asBuffer(part));
}

// The same bytes: nothing is copied.
function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

// RFC 5280, 5.3: of a list with a critical detail that nobody understands, nothing may be used.
function readDetails(extensions: Der): ReadonlyMap<string, Extension> {
  const details = readExtensionList(extensions, PLACE);
  const isUnknown = [...details].some(([oid, { isCritical }]) => isCritical && !UNDERSTOOD.includes(oid));
  if (isUnknown) throw malformed(PLACE, "an entry with a critical extension that is not known");
  return details;
}

function issuerIn({ value }: Extension): Uint8Array {
  const [name, ...more] = directoryNames(elementsIn(readDer(value, PLACE).content, PLACE));
  if (name === undefined || more.length > 0) throw malformed(PLACE, "an entry whose issuer has not one name");
  return name;
}

function entryOf(details: ReadonlyMap<string, Extension> | undefined): ListEntry {
  const reason = details?.get(REASON);
  const invalidity = details?.get(INVALIDITY_DATE);
  return {
    reason: reason === undefined ? undefined : expect(readDer(reason.value, PLACE), ENUMERATED, PLACE).content[0],
    invalidAt: invalidity === undefined ? undefined : readTime(readDer(invalidity.value, PLACE), PLACE),
  };
}

import { BOOLEAN, readDer, sequence } from "./der.ts";
import { readBoolean, readCount, readNamedBits, readOid } from "./der-values.ts";
import type { Certificate } from "./x509.ts";

// RFC 5280, 4.2.1.
const KEY_USAGE = "2.5.29.15";
const BASIC_CONSTRAINTS = "2.5.29.19";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const PLACE = "certificate";

export const DIGITAL_SIGNATURE = 0;
export const KEY_CERT_SIGN = 5;
export const CRL_SIGN = 6;

export const ANY_USAGE = "2.5.29.37.0";
export const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
export const OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";

export interface Constraints {
  readonly isCritical: boolean;
  readonly isAuthority: boolean;
  /** How many authorities may stand between it and the signer; `undefined`: any number. */
  readonly pathLength: number | undefined;
}

/** @throws AdapterError malformed */
export function constraintsOf({ extensions }: Certificate): Constraints | undefined {
  const extension = extensions.get(BASIC_CONSTRAINTS);
  if (extension === undefined) return undefined;
  const fields = sequence(readDer(extension.value, PLACE), PLACE);
  const [authority, length] = fields[0]?.tag === BOOLEAN ? fields : [undefined, ...fields];
  return {
    isCritical: extension.isCritical,
    isAuthority: authority !== undefined && readBoolean(authority, PLACE),
    pathLength: length === undefined ? undefined : readCount(length, PLACE),
  };
}

/** Bits of the key usage. @throws AdapterError malformed */
export function usageOf({ extensions }: Certificate): { readonly isCritical: boolean; readonly bits: ReadonlySet<number> } | undefined {
  const extension = extensions.get(KEY_USAGE);
  if (extension === undefined) return undefined;
  return { isCritical: extension.isCritical, bits: readNamedBits(readDer(extension.value, PLACE), PLACE) };
}

/** Object identifiers of the extended key usage. @throws AdapterError malformed */
export function purposesOf({
  extensions,
}: Certificate): { readonly isCritical: boolean; readonly purposes: readonly string[] } | undefined {
  const extension = extensions.get(EXTENDED_KEY_USAGE);
  if (extension === undefined) return undefined;
  const purposes = sequence(readDer(extension.value, PLACE), PLACE).map((element) => readOid(element, PLACE));
  return { isCritical: extension.isCritical, purposes };
}

// Read here or by the revocation check; the rest restricts nothing that is decided here (RFC 5280, 4.2: key identifiers, alternative
// names, policies, access to the issuer).
const UNDERSTOOD: readonly string[] = [
  KEY_USAGE,
  BASIC_CONSTRAINTS,
  EXTENDED_KEY_USAGE,
  "2.5.29.14",
  "2.5.29.17",
  "2.5.29.18",
  "2.5.29.31",
  "2.5.29.32",
  "2.5.29.35",
  "1.3.6.1.5.5.7.1.1",
];

/** A critical extension that nobody here understands: such a certificate must be refused (RFC 5280, 4.2). */
export function unknownCritical({ extensions }: Certificate): string | undefined {
  return [...extensions].find(([oid, { isCritical }]) => isCritical && !UNDERSTOOD.includes(oid))?.[0];
}

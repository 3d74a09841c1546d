import { context, type Der, elementsIn, readDer, SEQUENCE, sequence } from "../der.ts";
import { readOid } from "../der-values.ts";
import type { Certificate } from "../x509.ts";

const AUTHORITY_ACCESS = "1.3.6.1.5.5.7.1.1";
const OCSP = "1.3.6.1.5.5.7.48.1";
const CRL_POINTS = "2.5.29.31";
export const FRESHEST = "2.5.29.46";
const URI = context(6, false);
const DIRECTORY_NAME = context(4);
const PLACE = "certificate";
// Each of them is asked in turn, and certificates have one or two.
const MAX_ADDRESSES = 3;

/** Where lists of revoked certificates lie (RFC 5280, 4.2.1.13). */
export interface ListPoint {
  /** GeneralName in DER: what a list of this point calls itself. */
  readonly names: readonly Uint8Array[];
  /** None where the list names only those who were revoked for some reasons. */
  readonly addresses: readonly string[];
  /** Names in DER of who signs the list, where it is not the issuer of the certificate. */
  readonly issuers: readonly Uint8Array[];
}

/** The addresses that are asked: http only, since answers are signed and Notation asks nowhere else; the first few. */
export function askable(addresses: readonly string[]): readonly string[] {
  return addresses.filter((address) => /^http:\/\//i.test(address)).slice(0, MAX_ADDRESSES);
}

/** Where the lists are that it may stand on. @throws AdapterError malformed */
export function listPoints(certificate: Certificate): readonly ListPoint[] {
  return pointsIn(certificate, CRL_POINTS);
}

/** Where what has changed since the last whole list lies, as a certificate or a list names it. @throws AdapterError malformed */
export function freshestAddresses(holder: Pick<Certificate, "extensions">): readonly string[] {
  return pointsIn(holder, FRESHEST).flatMap(({ addresses }) => addresses);
}

/** Where its responders (OCSP) are. @throws AdapterError malformed */
export function responderAddresses({ extensions }: Certificate): readonly string[] {
  const access = extensions.get(AUTHORITY_ACCESS);
  if (access === undefined) return [];
  return sequence(readDer(access.value, PLACE), PLACE).flatMap((description) => {
    const [method, location] = sequence(description, PLACE);
    return readOid(method, PLACE) === OCSP && location?.tag === URI ? [textOf(location)] : [];
  });
}

function pointsIn({ extensions }: Pick<Certificate, "extensions">, oid: string): readonly ListPoint[] {
  const points = extensions.get(oid);
  if (points === undefined) return [];
  return sequence(readDer(points.value, PLACE), PLACE).map((point) => readPoint(sequence(point, PLACE)));
}

// A point has a name ([0]), reasons ([1]: its list names only those who were revoked for them) and who signs the list ([2]).
function readPoint(parts: readonly Der[]): ListPoint {
  const isPartial = parts.some(({ tag }) => tag === context(1, false));
  const names = parts.filter(({ tag }) => tag === context(0)).flatMap(fullNames);
  const signers = parts.filter(({ tag }) => tag === context(2)).flatMap(({ content }) => elementsIn(content, PLACE));
  return {
    names: names.map(({ bytes }) => bytes),
    addresses: isPartial ? [] : names.filter(({ tag }) => tag === URI).map(textOf),
    issuers: directoryNames(signers),
  };
}

/** The full name ([0]) of a distribution point: several GeneralNames. A name relative to the issuer's is none. @throws AdapterError malformed */
export function fullNames(point: Der): readonly Der[] {
  return elementsIn(point.content, PLACE)
    .filter(({ tag }) => tag === context(0))
    .flatMap(({ content }) => elementsIn(content, PLACE));
}

/** Names in DER among GeneralNames. @throws AdapterError malformed */
export function directoryNames(names: readonly Der[]): readonly Uint8Array[] {
  return names
    .filter(({ tag }) => tag === DIRECTORY_NAME)
    .flatMap(({ content }) => elementsIn(content, PLACE))
    .filter(({ tag }) => tag === SEQUENCE)
    .map(({ bytes }) => bytes);
}

function textOf({ content }: Der): string {
  return Buffer.from(content).toString("latin1");
}

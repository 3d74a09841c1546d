import { context, type Der, elementsIn, readDer, SEQUENCE } from "../der.ts";
import { readBoolean } from "../der-values.ts";
import { type Certificate, sameBytes } from "../x509.ts";
import { constraintsOf } from "../x509-usage.ts";
import { fullNames, listPoints } from "./addresses.ts";

/** Which certificates a list is about (RFC 5280, 5.2.5); without it, all those of its signer. */
export interface ListScope {
  /** GeneralName in DER of its distribution points; absent: it names none. */
  readonly names: readonly Uint8Array[] | undefined;
  readonly of: "all" | "signers" | "authorities" | "attributes";
  readonly isForSomeReasons: boolean;
  /** May be about certificates of other issuers than its signer. */
  readonly isIndirect: boolean;
}

const PLACE = "revocation list";
const ONLY: readonly (readonly [number, ListScope["of"]])[] = [
  [1, "signers"],
  [2, "authorities"],
  [5, "attributes"],
];

/** Reads the extension issuingDistributionPoint. @throws AdapterError malformed */
export function readScope(value: Uint8Array): ListScope {
  const whole = readDer(value, PLACE);
  const parts = whole.tag === SEQUENCE ? elementsIn(whole.content, PLACE) : [];
  const point = parts.find(({ tag }) => tag === context(0));
  return {
    names: point === undefined ? undefined : fullNames(point).map(({ bytes }) => bytes),
    of: ONLY.find(([number]) => isTrue(parts, number))?.[1] ?? "all",
    isForSomeReasons: parts.some(({ tag }) => tag === context(3, false)),
    isIndirect: isTrue(parts, 4),
  };
}

function isTrue(parts: readonly Der[], number: number): boolean {
  const part = parts.find(({ tag }) => tag === context(number, false));
  return part !== undefined && readBoolean({ ...part, tag: 0x01 }, PLACE);
}

/**
 * Why a list of this signer and scope says nothing about a certificate; `undefined`: it does (RFC 5280, 6.3.3 (b)).
 * @throws AdapterError malformed
 */
export function scopeObjection(signer: Uint8Array, scope: ListScope | undefined, certificate: Certificate): string | undefined {
  const points = listPoints(certificate);
  const isForeign = !sameBytes(signer, certificate.issuer);
  if (isForeign && !(scope?.isIndirect === true && points.some(({ issuers }) => holds(issuers, signer)))) return "of another issuer";
  if (scope === undefined) return undefined;
  if (scope.isForSomeReasons) return "of those revoked for some reasons only";
  if (scope.of !== "all" && scope.of !== kindOf(certificate)) return "for certificates of another kind only";
  const { names: own } = scope;
  const isOfPoint = own === undefined || points.some(({ names }) => names.some((name) => holds(own, name)));
  return isOfPoint ? undefined : "of another distribution point";
}

function kindOf(certificate: Certificate): ListScope["of"] {
  return constraintsOf(certificate)?.isAuthority === true ? "authorities" : "signers";
}

function holds(list: readonly Uint8Array[], wanted: Uint8Array): boolean {
  return list.some((each) => sameBytes(each, wanted));
}

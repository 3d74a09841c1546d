import type { Instant } from "../../domain/time.ts";
import { verifies } from "../algorithms.ts";
import { type Certificate, sameBytes } from "../x509.ts";
import { ANY_USAGE, constraintsOf, DIGITAL_SIGNATURE, KEY_CERT_SIGN, purposesOf, unknownCritical, usageOf } from "../x509-usage.ts";
import { type Objection, objection } from "./objection.ts";
import { type Authority, isWithin, type Link } from "./root.ts";

/** Issuers of a leaf, nearest first, up to a trusted root; and when the root's operator vouches for them. */
export interface Path {
  readonly issuers: readonly [Link, ...Link[]];
  readonly authority: Authority;
}

/**
 * The ways from a leaf to trusted authorities; none where it has no trusted root. `brought` gives issuers that came with the signature: they
 * are only stepping stones, nothing in them is trusted. One way is walked over them, each used at most once, so the work stays bounded.
 */
export function pathsTo(leaf: Certificate, authorities: readonly Authority[], brought: () => readonly Link[]): readonly Path[] {
  const stones: Link[] = [];
  let offered: readonly Link[] | undefined;
  for (let last = leaf; ; ) {
    const paths = authorities.flatMap((authority) => pathsInto(last, authority, stones));
    if (paths.length > 0) return paths;
    offered ??= brought();
    const current = last;
    const next = offered.find((each) => !stones.includes(each) && isIssuedByLink(current, each));
    if (next === undefined) return [];
    stones.push(next);
    last = next.certificate;
  }
}

function pathsInto(last: Certificate, authority: Authority, stones: readonly Link[]): readonly Path[] {
  const at = authority.chain.findIndex((issuer) => isIssuedByLink(last, issuer));
  const [nearest, ...further] = [...stones, ...authority.chain.slice(at)];
  return at < 0 || nearest === undefined ? [] : [{ issuers: [nearest, ...further], authority }];
}

function isIssuedByLink({ scheme, issuer, signed, signature }: Certificate, link: Link): boolean {
  return scheme !== undefined && sameBytes(issuer, link.certificate.subject) && verifies(scheme, link.key, signed, signature);
}

/** What stands against the path at the instant when the signature was made. */
export function objectionToPath(leaf: Certificate, { issuers, authority }: Path, at: Instant): Objection | undefined {
  if (at < leaf.notBefore) return objection("not-yet-valid", "made before its certificate was valid");
  if (at > leaf.notAfter) return objection("expired", "made after its certificate was no longer valid");
  if (!isWithin(authority.window, at)) return objection("untrusted-root", "made when the trusted root did not vouch for its authority");
  const early = issuers.find(({ certificate }) => at < certificate.notBefore);
  if (early !== undefined) return objection("not-yet-valid", "made before an authority of its certificate was valid");
  const late = issuers.find(({ certificate }) => at > certificate.notAfter);
  return late === undefined ? undefined : objection("expired", "made after an authority of its certificate was no longer valid");
}

/**
 * What stands against the use of these certificates for a purpose (RFC 5280, 6.1): the leaf must be made for it and for signing, and be no
 * authority; each issuer must be an authority, with room in its path length, and not be kept to other purposes.
 * @throws AdapterError malformed
 */
export function objectionToUse(leaf: Certificate, issuers: readonly Link[], purpose: string): Objection | undefined {
  if (!isSigner(leaf, purpose)) return objection("untrusted-root", "its certificate is not made for signatures of this kind");
  const chain = issuers.map(({ certificate }) => certificate);
  const isRefused = chain.some((issuer, below) => !isAuthority(issuer, purpose, below));
  if (isRefused) return objection("untrusted-root", "a certificate that issued its certificate is no authority for such signatures");
  const unknown = [leaf, ...chain].map(unknownCritical).find((oid) => oid !== undefined);
  return unknown === undefined
    ? undefined
    : objection("untrusted-root", `a certificate with a critical extension that is not known (${unknown})`);
}

function isSigner(leaf: Certificate, purpose: string): boolean {
  return (
    constraintsOf(leaf)?.isAuthority !== true &&
    usageOf(leaf)?.bits.has(DIGITAL_SIGNATURE) === true &&
    purposesOf(leaf)?.purposes.includes(purpose) === true
  );
}

/** `below`: how many authorities stand between it and the leaf. */
function isAuthority(issuer: Certificate, purpose: string, below: number): boolean {
  const constraints = constraintsOf(issuer);
  const usage = usageOf(issuer);
  const purposes = purposesOf(issuer)?.purposes;
  return (
    constraints?.isAuthority === true &&
    (constraints.pathLength === undefined || below <= constraints.pathLength) &&
    (usage === undefined || usage.bits.has(KEY_CERT_SIGN)) &&
    (purposes === undefined || purposes.includes(purpose) || purposes.includes(ANY_USAGE))
  );
}

import { AdapterError } from "../../ports/adapter-error.ts";
import { type Certificate, isIssuedBy, readCertificate, sameBytes } from "../x509.ts";
import {
  ANY_USAGE,
  constraintsOf,
  DIGITAL_SIGNATURE,
  KEY_CERT_SIGN,
  OCSP_SIGNING,
  purposesOf,
  TIME_STAMPING,
  unknownCritical,
  usageOf,
} from "../x509-usage.ts";
import { malformed } from "./envelope.ts";

/** From the signer's certificate to the root's. */
export type Chain = readonly [Certificate, ...Certificate[]];

/**
 * The chain that an envelope carries: complete, in order, each certificate with the rights that its place asks for
 * (signature-specification.md, "Certificate Requirements"). Whether each signed the one before is not verified here.
 * @throws AdapterError malformed, too-large, unsupported
 */
export function readChain(certificates: readonly Uint8Array[]): Chain {
  const [leaf, ...authorities] = certificates.map(readCertificate);
  if (leaf === undefined) throw malformed("no certificate");
  const chain: Chain = [leaf, ...authorities];
  chain.forEach((certificate, at) => {
    checkLink(certificate, chain[at + 1]);
    checkStrength(certificate);
  });
  checkLeaf(leaf);
  authorities.forEach(checkAuthority);
  return chain;
}

function checkLink(certificate: Certificate, issuer: Certificate | undefined): void {
  const isSelfIssued = sameBytes(certificate.issuer, certificate.subject);
  if (issuer === undefined && !isSelfIssued) throw malformed("its chain of certificates does not end in a root");
  if (issuer === undefined) return;
  if (isSelfIssued) throw malformed("a root in the middle of its chain of certificates");
  if (!sameBytes(certificate.issuer, issuer.subject)) throw malformed("its chain of certificates is not in order");
}

function checkStrength(certificate: Certificate): void {
  const unknown = unknownCritical(certificate);
  if (unknown !== undefined) throw new AdapterError("unsupported", `certificate: its critical extension ${unknown} is not understood`);
  if (certificate.scheme === undefined) throw new AdapterError("unsupported", "certificate: signed with an algorithm that does not count");
}

// id-kp-serverAuth, clientAuth, emailProtection and what else a signer of images must not also be.
const FOREIGN: readonly string[] = [ANY_USAGE, "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4", TIME_STAMPING, OCSP_SIGNING];

function checkLeaf(leaf: Certificate): void {
  if (constraintsOf(leaf)?.isAuthority === true) throw malformed("its signer's certificate is that of an authority");
  const usage = usageOf(leaf);
  if (usage?.isCritical !== true || usage.bits.size !== 1 || !usage.bits.has(DIGITAL_SIGNATURE))
    throw malformed("its signer's certificate is not for signatures only");
  if (purposesOf(leaf)?.purposes.some((purpose) => FOREIGN.includes(purpose)) === true)
    throw malformed("its signer's certificate is for other purposes too");
}

function checkAuthority(authority: Certificate, below: number): void {
  const constraints = constraintsOf(authority);
  if (constraints?.isCritical !== true || !constraints.isAuthority) throw malformed("a certificate of its chain is that of no authority");
  if ((constraints.pathLength ?? below) < below) throw malformed("its chain is longer than one of its authorities allows");
  const usage = usageOf(authority);
  if (usage?.isCritical !== true || !usage.bits.has(KEY_CERT_SIGN)) throw malformed("an authority of its chain may not sign certificates");
}

/** Whether each certificate is signed by the next one and the root by itself. @throws AdapterError unsupported: a weak key */
export function isGenuine(chain: Chain): boolean {
  return chain.every((certificate, at) => isIssuedBy(certificate, chain[at + 1] ?? certificate));
}

import { constants, type KeyObject, verify } from "node:crypto";
import { AdapterError } from "../../ports/adapter-error.ts";
import { type Certificate, isIssuedBy, keyOf, readCertificate, sameBytes } from "../x509.ts";
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
import { type Algorithm, malformed } from "./envelope.ts";

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

const RSA: ReadonlyMap<number | undefined, Algorithm> = new Map([
  [2048, "PS256"],
  [3072, "PS384"],
  [4096, "PS512"],
]);
const CURVES: ReadonlyMap<string | undefined, Algorithm> = new Map([
  ["prime256v1", "ES256"],
  ["secp384r1", "ES384"],
  ["secp521r1", "ES512"],
]);

/**
 * Whether the signer's key made the signature. The key decides the algorithm, the envelope only repeats it.
 * @throws AdapterError unsupported: another algorithm than that of the key
 */
export function isSignedBy(leaf: Certificate, algorithm: string, signed: Uint8Array, signature: Uint8Array): boolean {
  const key = keyOf(leaf);
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const own = key.asymmetricKeyType === "ec" ? CURVES.get(namedCurve) : RSA.get(modulusLength);
  if (own === undefined || own !== algorithm)
    throw new AdapterError(
      "unsupported",
      `envelope: its algorithm is ${JSON.stringify(algorithm.slice(0, 20))}, that of its key ${own ?? "none"}`,
    );
  return verify(`sha${own.slice(2)}`, signed, inForm(key), signature);
}

// RFC 7518, 3.4 and 3.5: r and s one after the other; a salt as long as the hash.
function inForm(key: KeyObject): Parameters<typeof verify>[2] {
  if (key.asymmetricKeyType === "ec") return { key, dsaEncoding: "ieee-p1363" };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

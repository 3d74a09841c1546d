import { type AsymmetricKeyDetails, createHash, createPublicKey, type KeyObject } from "node:crypto";
import { ParseError } from "../domain/parse-error.ts";
import type { Instant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { NotationTrust } from "../ports/notation-trust.ts";
import type { TrustedAttestor } from "../ports/occurrence-source.ts";
import type { SigstoreTrust, Trust } from "../ports/signature-verifier.ts";
import { readKey as readAttestorKey } from "../signatures/binauthz/keys.ts";
import type { Statement } from "../signatures/notation/trust-policy.ts";
import { readTrust as readNotationTrust } from "../signatures/notation/trust-stores.ts";
import { readCertificate as readOpenPgpKey } from "../signatures/openpgp/certificate.ts";
import { certificatesOfPem } from "../signatures/sigstore/pem.ts";
import { type Authority, parseTrustedRoot, type TransparencyLog } from "../signatures/sigstore/root.ts";
import { type Certificate, readCertificate } from "../signatures/x509.ts";
import { printName, readName } from "../signatures/x509-name.ts";

/** A public key in words. */
export interface KeyFacts {
  /** `ECDSA P-256`, `RSA 4096`, `Ed25519`. */
  readonly algorithm: string;
  /** SHA-256 of its SubjectPublicKeyInfo, in hexadecimal. */
  readonly fingerprint: string;
}

/** Since when and until when something is trusted; `until` is absent where nobody set an end. */
export interface TrustWindow {
  readonly from: Instant;
  readonly until?: Instant;
}

export interface CertificateFacts extends TrustWindow {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyFacts;
  /** SHA-256 of the certificate, in hexadecimal. */
  readonly fingerprint: string;
}

/** A chain of certificates that is trusted for a time; each certificate ends by itself too. */
export interface AuthorityFacts extends TrustWindow {
  readonly certificates: readonly CertificateFacts[];
}

export interface LogFacts extends TrustWindow {
  /** In hexadecimal. */
  readonly id: string;
  readonly key: KeyFacts;
}

export interface RootFacts {
  readonly authorities: readonly AuthorityFacts[];
  readonly logs: readonly LogFacts[];
  readonly certificateLogs: readonly LogFacts[];
  readonly timestampAuthorities: readonly AuthorityFacts[];
}

export interface StoreFacts {
  /** `ca:acme`. */
  readonly name: string;
  readonly certificates: readonly CertificateFacts[];
}

export interface NotationFacts {
  readonly name: string;
  readonly statements: readonly Statement[];
  readonly stores: readonly StoreFacts[];
}

/** `fingerprint` is absent for an OpenPGP key, which is named otherwise. `id`: how signatures name it. */
export interface AttestorKeyFacts extends Pick<KeyFacts, "algorithm">, Partial<Pick<KeyFacts, "fingerprint">> {
  readonly id?: string;
}

export interface AttestorFacts {
  readonly name: string;
  /** What its attestations hang on; absent: asked for when they are needed. */
  readonly note?: string;
  /** Name under which it is asked for. */
  readonly attestor?: string;
  readonly keys: readonly AttestorKeyFacts[];
}

/** Everything that is trusted, read out of its files. Nothing is secret in it. */
export interface TrustFacts {
  readonly keys: readonly (KeyFacts & { readonly name: string })[];
  readonly sigstore: readonly (RootFacts & { readonly name: string })[];
  readonly notation?: NotationFacts;
  readonly attestors: readonly AttestorFacts[];
}

/** @throws ParseError, AdapterError: never for trust that `readTrust` gave, which has read the same files */
export function factsOfTrust({ keys, sigstore = [], notation, attestors = [] }: Trust): TrustFacts {
  return {
    keys: keys.map(({ name, pem }) => ({ name, ...keyFacts(createPublicKey(pem)) })),
    sigstore: sigstore.map(({ name, root }: SigstoreTrust) => ({ name, ...rootFacts(root) })),
    ...(notation === undefined ? {} : { notation: notationFacts(notation) }),
    attestors: attestors.map(attestorFacts),
  };
}

/** What one file holds that could be trusted. */
export type FileFacts =
  | { readonly kind: "key"; readonly key: KeyFacts }
  | { readonly kind: "trusted-root"; readonly root: RootFacts }
  | { readonly kind: "certificates"; readonly certificates: readonly CertificateFacts[] };

/**
 * Reads a file that could be trusted: a public key, certificates (PEM or DER), a `trusted_root.json`.
 * @throws ParseError where it is none of them
 */
export function factsOfFile(bytes: Uint8Array, file: string): FileFacts {
  const text = Buffer.from(bytes).toString("latin1").trim();
  try {
    if (bytes[0] === DER_SEQUENCE) return { kind: "certificates", certificates: [certificateFacts(readCertificate(bytes))] };
    if (text.startsWith("{")) return { kind: "trusted-root", root: rootFacts(Buffer.from(bytes).toString("utf8")) };
    if (text.startsWith("-----BEGIN PUBLIC KEY-----")) return { kind: "key", key: keyFacts(createPublicKey(text)) };
    const certificates = certificatesOfPem(`${text}\n`) ?? [];
    if (certificates.length > 0)
      return { kind: "certificates", certificates: certificates.map((der) => certificateFacts(readCertificate(der))) };
  } catch (error) {
    if (error instanceof ParseError) throw error;
    const why = error instanceof AdapterError ? error.message : "it cannot be read";
    throw new ParseError(file, why, MEND);
  }
  const isSecret = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text);
  throw new ParseError(file, isSecret ? "this is a private key, which nobody else should have" : "nothing that could be trusted", MEND);
}

const DER_SEQUENCE = 0x30;
const MEND = "give a public key (PEM), certificates (PEM or DER) or a trusted_root.json";

const CURVES: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };

/** Algorithm, size and fingerprint of a public key. */
export function keyFacts(key: KeyObject): KeyFacts {
  return { algorithm: algorithmOf(key), fingerprint: sha256(key.export({ type: "spki", format: "der" })) };
}

const ALGORITHMS: Readonly<Record<string, (details: AsymmetricKeyDetails) => string>> = {
  ec: ({ namedCurve = "of its own parameters" }) => `ECDSA ${CURVES[namedCurve] ?? namedCurve}`,
  rsa: ({ modulusLength = 0 }) => `RSA ${modulusLength}`,
  "rsa-pss": ({ modulusLength = 0 }) => `RSA-PSS ${modulusLength}`,
  ed25519: () => "Ed25519",
};

function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails = {} }: KeyObject): string {
  return type === undefined ? "unknown" : (ALGORITHMS[type]?.(asymmetricKeyDetails) ?? type);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function certificateFacts({ bytes, subject, issuer, notBefore, notAfter, publicKey }: Certificate): CertificateFacts {
  return {
    subject: printName(readName(subject)),
    issuer: printName(readName(issuer)),
    from: notBefore,
    until: notAfter,
    key: keyFacts(createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" })),
    fingerprint: sha256(bytes),
  };
}

function rootFacts(text: string): RootFacts {
  const { authorities, logs, certificateLogs, timestampAuthorities } = parseTrustedRoot(text);
  return {
    authorities: authorities.map(authorityFacts),
    logs: logs.map(logFacts),
    certificateLogs: certificateLogs.map(logFacts),
    timestampAuthorities: timestampAuthorities.map(authorityFacts),
  };
}

function authorityFacts({ chain, window }: Authority): AuthorityFacts {
  return { ...windowFacts(window), certificates: chain.map(({ certificate }) => certificateFacts(certificate)) };
}

function logFacts({ id, key, window }: TransparencyLog): LogFacts {
  return { id: id.toString("hex"), key: keyFacts(key), ...windowFacts(window) };
}

function windowFacts({ from, until }: TransparencyLog["window"]): TrustWindow {
  return until === undefined ? { from } : { from, until };
}

function notationFacts(trust: NotationTrust): NotationFacts {
  const { policy, stores } = readNotationTrust(trust);
  const read = [...stores].map(([name, certificates]) => ({ name, certificates: certificates.map(certificateFacts) }));
  return { name: trust.name, statements: policy, stores: read };
}

function attestorFacts(attestor: TrustedAttestor): AttestorFacts {
  const { name } = attestor;
  if (attestor.kind === "looked-up") return { name, attestor: attestor.attestor, keys: [] };
  return { name, note: attestor.note, keys: attestor.keys.map(attestorKeyFacts) };
}

function attestorKeyFacts(key: Extract<TrustedAttestor, { kind: "pinned" }>["keys"][number]): AttestorKeyFacts {
  if (key.kind === "unsupported" || readAttestorKey(key).kind === "unusable") return { algorithm: "not verified" };
  if (key.kind === "pgp") return { algorithm: "OpenPGP", id: readOpenPgpKey(key.armored).fingerprint };
  return { ...keyFacts(createPublicKey(key.pem)), ...(key.id === undefined ? {} : { id: key.id }) };
}

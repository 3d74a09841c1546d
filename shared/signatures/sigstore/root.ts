import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { ParseError } from "../../domain/parse-error.ts";
import { type Instant, parseInstant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { isStrong, type Scheme } from "../algorithms.ts";
import { malformed, readDer } from "../der.ts";
import { readShape } from "../strict.ts";
import { type Certificate, isIssuedBy, keyOf, readCertificate } from "../x509.ts";
import { type AuthorityDocument, type LogDocument, rootShape, type ValidFor } from "./root-shape.ts";

/** When the operator of the root vouches for something; both ends belong to it. */
export interface Window {
  readonly from: Instant;
  readonly until: Instant | undefined;
}

/** A log, of entries or of certificates, and the key it signs with. */
export interface TransparencyLog {
  readonly id: Buffer;
  /** First bytes of the key id in its checkpoints. */
  readonly checkpointHint: Buffer;
  readonly key: KeyObject;
  readonly scheme: Scheme;
  readonly window: Window;
}

/** A certificate of a trusted chain with its key, imported once. */
export interface Link {
  readonly certificate: Certificate;
  readonly key: KeyObject;
  /** SHA-256 of its SubjectPublicKeyInfo. */
  readonly keyHash: Buffer;
}

/** A trusted chain, each link issued by the next, the root last. */
export interface Authority {
  readonly chain: readonly Link[];
  readonly window: Window;
}

/** What `trusted_root.json` says is trusted. An entry that cannot be used (no start, a key of a kind we do not know) is left out. */
export interface TrustedRoot {
  readonly authorities: readonly Authority[];
  readonly logs: readonly TransparencyLog[];
  readonly certificateLogs: readonly TransparencyLog[];
  readonly timestampAuthorities: readonly Authority[];
}

/**
 * Reads the text of a `trusted_root.json`.
 * @throws AdapterError malformed, too-large
 */
export function parseTrustedRoot(text: string): TrustedRoot {
  const document = readShape(Buffer.from(text), rootShape, PLACE);
  return {
    authorities: usable(document.certificateAuthorities ?? [], readAuthority),
    logs: usable(document.tlogs ?? [], readLog),
    certificateLogs: usable(document.ctlogs ?? [], readLog),
    timestampAuthorities: usable(document.timestampAuthorities ?? [], readAuthority),
  };
}

export function isWithin({ from, until }: Window, at: Instant): boolean {
  return from <= at && (until === undefined || at <= until);
}

const PLACE = "trusted root";
const HINT_BYTES = 4;

// sigstore_common.proto, PublicKeyDetails: what a log signs with. Ed25519ph and the kinds to come are left out.
const SCHEMES: Readonly<Record<string, Scheme>> = {
  PKIX_ECDSA_P256_SHA_256: { kind: "ec", hash: "sha256" },
  PKIX_ECDSA_P384_SHA_384: { kind: "ec", hash: "sha384" },
  PKIX_ECDSA_P521_SHA_512: { kind: "ec", hash: "sha512" },
  PKIX_RSA_PKCS1V15_2048_SHA256: { kind: "rsa", hash: "sha256" },
  PKIX_RSA_PKCS1V15_3072_SHA256: { kind: "rsa", hash: "sha256" },
  PKIX_RSA_PKCS1V15_4096_SHA256: { kind: "rsa", hash: "sha256" },
  PKIX_ED25519: { kind: "ed25519" },
};

function usable<Document, Entry>(documents: readonly Document[], read: (document: Document) => Entry | undefined): readonly Entry[] {
  return documents.map((document) => orUnsupported(() => read(document))).filter((entry) => entry !== undefined);
}

// A root of tomorrow has kinds of keys that we do not know; what it says about today's still counts.
function orUnsupported<Entry>(read: () => Entry | undefined): Entry | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AdapterError && error.code === "unsupported") return undefined;
    throw error;
  }
}

function readLog({ publicKey, logId, checkpointKeyId }: LogDocument): TransparencyLog | undefined {
  const window = readWindow(publicKey.validFor);
  const scheme = SCHEMES[publicKey.keyDetails ?? ""];
  if (window === undefined || scheme === undefined) return undefined;
  const key = importKey(publicKey.rawBytes);
  if (key.asymmetricKeyType !== scheme.kind) throw malformed(PLACE, "a log whose key is of another kind than its details say");
  if (!isStrong(key)) return undefined;
  const checkpointHint = (checkpointKeyId ?? logId).keyId.subarray(0, HINT_BYTES);
  return { id: logId.keyId, checkpointHint, key, scheme, window };
}

function importKey(spki: Buffer): KeyObject {
  readDer(spki, PLACE);
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    throw malformed(PLACE, "a log whose key cannot be read");
  }
}

function readAuthority({ certChain, validFor }: AuthorityDocument): Authority | undefined {
  const window = readWindow(validFor);
  if (window === undefined) return undefined;
  const chain = certChain.certificates.map(({ rawBytes }) => linkOf(readCertificate(rawBytes)));
  const isWhole = chain.every(({ certificate }, at) => {
    const issuer = chain[at + 1]?.certificate;
    return issuer === undefined || isIssuedBy(certificate, issuer);
  });
  if (!isWhole) throw malformed(PLACE, "a chain whose certificates are not each issued by the next");
  return { chain, window };
}

/** @throws AdapterError malformed, unsupported */
export function linkOf(certificate: Certificate): Link {
  return { certificate, key: keyOf(certificate), keyHash: createHash("sha256").update(certificate.publicKey).digest() };
}

// "validFor.start must be set" (sigstore_trustroot.proto); without it nobody says since when, so it never was.
function readWindow(validFor: ValidFor): Window | undefined {
  if (validFor?.start === undefined || validFor.start === null) return undefined;
  const { start, end } = validFor;
  try {
    return { from: parseInstant(start, PLACE), until: end === undefined || end === null ? undefined : parseInstant(end, PLACE) };
  } catch (error) {
    if (error instanceof ParseError) throw malformed(PLACE, error.message);
    throw error;
  }
}

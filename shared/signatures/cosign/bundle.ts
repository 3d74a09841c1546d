import { lookUp } from "../../domain/look-up.ts";
import { quote } from "../../domain/parse-error.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { readJson } from "../../runtime/json.ts";
import type { LogEntry } from "../sigstore/log-entry.ts";
import { checkShape, MAX_BYTES } from "../strict.ts";
import {
  bundleShape,
  type EnvelopeDocument,
  type LogEntryDocument,
  type Material,
  type MessageDocument,
  mediaTypeShape,
} from "./bundle-shape.ts";

/** The one signature of a bundle: an enveloped statement (DSSE), or a bare signature over bytes that are not in it. */
export type BundleContent = Envelope | Message;

/** `digest`: what the bundle says of the bytes; it names them and proves nothing. */
export interface Message {
  readonly kind: "message";
  readonly signature: Uint8Array;
  readonly digest: { readonly algorithm: string; readonly value: Uint8Array } | undefined;
}

/** An enveloped payload (DSSE) with its one signature. */
export interface Envelope {
  readonly kind: "envelope";
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** A bundle whose form is right. Nothing in it has been verified. */
export interface Bundle {
  readonly signer: BundleSigner;
  readonly content: BundleContent;
  readonly entries: readonly LogEntry[];
  /** RFC 3161 responses over the signature. */
  readonly timestamps: readonly Uint8Array[];
}

/** `issuers`: DER of what the bundle brings along besides the signer's own certificate; `hasForbiddenChain`: its version has no place for them. */
export type BundleSigner =
  | { readonly kind: "key" }
  | {
      readonly kind: "certificate";
      readonly certificate: Uint8Array;
      readonly issuers: readonly Uint8Array[];
      readonly hasForbiddenChain?: boolean;
    };

type BundleVersion = "0.1" | "0.2" | "0.3";

const VERSIONS: Readonly<Record<string, BundleVersion>> = {
  "application/vnd.dev.sigstore.bundle+json;version=0.1": "0.1",
  "application/vnd.dev.sigstore.bundle+json;version=0.2": "0.2",
  "application/vnd.dev.sigstore.bundle+json;version=0.3": "0.3",
  "application/vnd.dev.sigstore.bundle.v0.3+json": "0.3",
};

const MAX_LOG_ENTRIES = 16;
const MAX_TIMESTAMPS = 32;
const MAX_CERTIFICATES = 10;

/** Whether a media type or artifact type says that this is a Sigstore bundle, of whatever version. */
export function isBundleType(mediaType: string): boolean {
  return mediaType.startsWith("application/vnd.dev.sigstore.bundle.") || mediaType.startsWith("application/vnd.dev.sigstore.bundle+json");
}

/**
 * Reads a Sigstore bundle of version 0.1 to 0.3 (sigstore/protobuf-specs, sigstore_bundle.proto), as strictly as the form allows:
 * exactly one signer, exactly one content, no member that we do not know.
 * @throws AdapterError malformed, too-large, unsupported (another version)
 */
export function readBundle(bytes: Uint8Array, { allowsChain = false }: { readonly allowsChain?: boolean } = {}): Bundle {
  const document = readJson(bytes, { maxBytes: MAX_BYTES, maxDepth: 64, place: "bundle" });
  const version = readVersion(document);
  const { verificationMaterial: material, dsseEnvelope, messageSignature } = checkShape(document, bundleShape, "bundle");
  checkCounts(material);
  const entries = readLogEntries(material.tlogEntries ?? [], version);
  const timestamps = (material.timestampVerificationData?.rfc3161Timestamps ?? []).map(({ signedTimestamp }) => signedTimestamp);
  const came = { signer: readSigner(material, version, allowsChain), entries, timestamps };
  if (dsseEnvelope && messageSignature) throw malformed("both an envelope and a message signature");
  if (messageSignature) return { ...came, content: readMessage(messageSignature) };
  if (!dsseEnvelope) throw malformed("neither an envelope nor a message signature");
  return { ...came, content: readEnvelope(dsseEnvelope, material.publicKey?.hint ?? "") };
}

function readMessage({ signature, messageDigest }: MessageDocument): Message {
  if (!messageDigest) return { kind: "message", signature, digest: undefined };
  return { kind: "message", signature, digest: { algorithm: messageDigest.algorithm ?? "", value: messageDigest.digest ?? NOTHING } };
}

function readVersion(document: unknown): BundleVersion {
  const { mediaType } = checkShape(document, mediaTypeShape, "bundle");
  const version = lookUp(VERSIONS, mediaType);
  if (version !== undefined) return version;
  if (isBundleType(mediaType)) throw new AdapterError("unsupported", `bundle: ${quote(mediaType)}; versions 0.1 to 0.3 are supported`);
  throw malformed(`${quote(mediaType)} is no bundle`);
}

// Each of them costs a verification; nobody makes more.
function checkCounts({ tlogEntries, timestampVerificationData, x509CertificateChain }: Material): void {
  const counts: readonly (readonly [string, number, number])[] = [
    ["log entries", tlogEntries?.length ?? 0, MAX_LOG_ENTRIES],
    ["timestamps", timestampVerificationData?.rfc3161Timestamps?.length ?? 0, MAX_TIMESTAMPS],
    ["certificates", x509CertificateChain?.certificates?.length ?? 0, MAX_CERTIFICATES],
  ];
  for (const [what, count, most] of counts) {
    if (count > most) throw new AdapterError("too-large", `bundle: ${count} ${what}, at most ${most} are read`);
  }
}

// client-spec 4: a promise came with every entry of 0.1, a proof with every later one.
function readLogEntries(entries: readonly LogEntryDocument[], version: BundleVersion): readonly LogEntry[] {
  const places = new Set<string>();
  for (const { inclusionPromise, inclusionProof, logId, logIndex } of entries) {
    if (version === "0.1" && !inclusionPromise) throw malformed("a log entry without inclusion promise");
    if (version !== "0.1" && !inclusionProof?.checkpoint?.envelope) throw malformed("a log entry without inclusion proof and checkpoint");
    // CVE-2026-49834: one entry must not count twice.
    const place = `${logId?.keyId?.toString("hex")} ${BigInt(logIndex ?? 0)}`;
    if (places.has(place)) throw malformed("one log entry twice");
    places.add(place);
  }
  return entries.map(readLogEntry);
}

// What is left out reads as nothing and verifies as nothing: it matters only to those who ask for the log.
function readLogEntry({
  logId,
  logIndex,
  kindVersion,
  integratedTime,
  inclusionPromise,
  canonicalizedBody,
  ...rest
}: LogEntryDocument): LogEntry {
  return {
    logId: logId?.keyId ?? NOTHING,
    index: BigInt(logIndex ?? 0),
    kindVersion: kindVersion ? `${kindVersion.kind ?? ""} ${kindVersion.version ?? ""}` : undefined,
    integratedTime: BigInt(integratedTime ?? 0),
    body: canonicalizedBody ?? NOTHING,
    promise: inclusionPromise ? (inclusionPromise.signedEntryTimestamp ?? NOTHING) : undefined,
    proof: readProof(rest.inclusionProof),
  };
}

const NOTHING = Buffer.alloc(0);

function readProof(proof: LogEntryDocument["inclusionProof"]): LogEntry["proof"] {
  const checkpoint = proof?.checkpoint?.envelope;
  if (!proof || !checkpoint) return undefined;
  const { logIndex, treeSize, rootHash, hashes } = proof;
  return { index: BigInt(logIndex ?? 0), treeSize: BigInt(treeSize ?? 0), rootHash: rootHash ?? NOTHING, hashes: hashes ?? [], checkpoint };
}

function readSigner(
  { publicKey, certificate, x509CertificateChain }: Material,
  version: BundleVersion,
  allowsChain: boolean,
): BundleSigner {
  const named = [publicKey, certificate, x509CertificateChain].filter((signer) => signer !== undefined && signer !== null);
  if (named.length !== 1) throw malformed(`${named.length} signers, exactly one of key, certificate and chain must be there`);
  if (publicKey) return { kind: "key" };
  if (certificate) return { kind: "certificate", certificate: certificate.rawBytes, issuers: [] };
  const hasForbiddenChain = version === "0.3";
  if (hasForbiddenChain && !allowsChain) throw malformed("a certificate chain, which version 0.3 does not have");
  const [first, ...issuers] = (x509CertificateChain?.certificates ?? []).map(({ rawBytes }) => rawBytes);
  if (first === undefined) throw malformed("a certificate chain without certificates");
  return { kind: "certificate", certificate: first, issuers, hasForbiddenChain };
}

/** @throws AdapterError malformed */
export function readEnvelope({ payload, payloadType, signatures }: EnvelopeDocument, hint: string = ""): Envelope {
  const [signature, ...more] = signatures;
  if (signature === undefined || more.length > 0)
    throw malformed(`${signatures.length} signatures in the envelope, exactly one must be there`);
  const keyId = signature.keyid ?? "";
  // "the key hints MUST be exactly the same" (sigstore_bundle.proto); cosign writes no key id at all.
  if (keyId !== "" && hint !== "" && keyId !== hint) throw malformed("the key id of the envelope is not the hint of the bundle");
  return { kind: "envelope", payloadType, payload, signature: signature.sig };
}

function malformed(problem: string): AdapterError {
  return new AdapterError("malformed", `bundle: ${problem}`);
}

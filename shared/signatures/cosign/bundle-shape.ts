import * as z from "zod";
import { base64 } from "../strict.ts";

// Names and types: sigstore/protobuf-specs, protos/sigstore_{bundle,common,rekor}.proto and envelope.proto, in their JSON form. There null
// stands for "not there" (protobuf JSON mapping), and a member that is not in the definition is refused.

// 64-bit numbers are texts; small ones are met as numbers too.
const int64 = z.union([z.string().refine(isInt64, "not a 64-bit number"), z.int()]);

function isInt64(text: string): boolean {
  return text.length <= 20 && /^-?[0-9]+$/.test(text);
}

const certificate = z.strictObject({ rawBytes: base64 });

const inclusionProof = z.strictObject({
  logIndex: int64.nullish(),
  rootHash: base64.nullish(),
  treeSize: int64.nullish(),
  hashes: z.array(base64).nullish(),
  checkpoint: z.strictObject({ envelope: z.string().nullish() }).nullish(),
});

const logEntry = z.strictObject({
  logIndex: int64.nullish(),
  logId: z.strictObject({ keyId: base64.nullish() }).nullish(),
  kindVersion: z.strictObject({ kind: z.string().nullish(), version: z.string().nullish() }).nullish(),
  integratedTime: int64.nullish(),
  inclusionPromise: z.strictObject({ signedEntryTimestamp: base64.nullish() }).nullish(),
  inclusionProof: inclusionProof.nullish(),
  canonicalizedBody: base64.nullish(),
});
export type LogEntryDocument = z.output<typeof logEntry>;

const material = z.strictObject({
  publicKey: z.strictObject({ hint: z.string().nullish() }).nullish(),
  x509CertificateChain: z.strictObject({ certificates: z.array(certificate).nullish() }).nullish(),
  certificate: certificate.nullish(),
  tlogEntries: z.array(logEntry).nullish(),
  timestampVerificationData: z
    .strictObject({ rfc3161Timestamps: z.array(z.strictObject({ signedTimestamp: base64 })).nullish() })
    .nullish(),
});
export type Material = z.output<typeof material>;

export const envelopeShape = z.strictObject({
  payload: base64,
  payloadType: z.string(),
  signatures: z.array(z.strictObject({ sig: base64, keyid: z.string().nullish() })),
});

export type EnvelopeDocument = z.output<typeof envelopeShape>;

const messageSignature = z.strictObject({
  messageDigest: z.strictObject({ algorithm: z.string().nullish(), digest: base64.nullish() }).nullish(),
  signature: base64,
});

export type MessageDocument = z.output<typeof messageSignature>;

/** Read first: another version may have other members. */
export const mediaTypeShape = z.object({ mediaType: z.string() });

export const bundleShape = z.strictObject({
  mediaType: z.string(),
  verificationMaterial: material,
  messageSignature: messageSignature.nullish(),
  dsseEnvelope: envelopeShape.nullish(),
});

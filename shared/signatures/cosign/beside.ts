import * as z from "zod";
import { malformed } from "../der.ts";
import type { LogEntry } from "../sigstore/log-entry.ts";
import { certificateOfPem, certificatesOfPem } from "../sigstore/pem.ts";
import { base64, decodeBase64, readShape } from "../strict.ts";

// cosign, pkg/cosign/bundle: what the annotations of a layer hold beside the signature of its content.
const bundleShape = z.strictObject({
  SignedEntryTimestamp: z.string().nullish(),
  Payload: z.strictObject({ body: base64, integratedTime: z.int(), logIndex: z.int(), logID: z.string().regex(/^[0-9a-f]{64}$/) }),
});
const timestampShape = z.strictObject({ SignedRFC3161Timestamp: base64 });

/** @throws AdapterError malformed, too-large */
export function readBundleAnnotation(text: string | undefined): readonly LogEntry[] {
  if (text === undefined) return [];
  const { SignedEntryTimestamp: promise, Payload: payload } = readShape(Buffer.from(text), bundleShape, "log entry");
  const entry = {
    logId: Buffer.from(payload.logID, "hex"),
    index: BigInt(payload.logIndex),
    kindVersion: undefined,
    integratedTime: BigInt(payload.integratedTime),
    body: payload.body,
    promise: promise ? (decodeBase64(promise) ?? Buffer.alloc(0)) : undefined,
    proof: undefined,
  };
  return [entry];
}

/** @throws AdapterError malformed, too-large */
export function readTimestampAnnotation(text: string | undefined): readonly Uint8Array[] {
  if (text === undefined || text === "") return [];
  return [readShape(Buffer.from(text), timestampShape, "timestamp").SignedRFC3161Timestamp];
}

const MAX_CERTIFICATES = 10;

/** The signer's certificate and those of issuers that came along. @throws AdapterError malformed */
export function readCertificates(certificate: string, chain: string = ""): { certificate: Uint8Array; issuers: readonly Uint8Array[] } {
  const own = certificateOfPem(certificate);
  const issuers = certificatesOfPem(chain);
  if (own === undefined) throw malformed("certificate annotation", "not one certificate in PEM");
  if (issuers === undefined || issuers.length > MAX_CERTIFICATES)
    throw malformed("chain annotation", `not up to ${MAX_CERTIFICATES} certificates in PEM`);
  return { certificate: own, issuers };
}

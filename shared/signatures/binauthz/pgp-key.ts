import type { Digest } from "../../domain/digest.ts";
import type { Instant } from "../../domain/time.ts";
import { sha256Of } from "../../oci/sha256.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { type Certificate, readCertificate } from "../openpgp/certificate.ts";
import { type VerifiedMessage, verifyMessage } from "../openpgp/verify.ts";
import { sameBytes } from "../x509.ts";
import { type Opened, refuse, type Signed, type VerificationKey } from "./opened.ts";

/** An OpenPGP key of an attestor, in ASCII armor. Never throws. */
export function readPgpKey(armored: string): VerificationKey {
  try {
    const certificate = readCertificate(armored);
    return {
      kind: "usable",
      isNamed: (id) => fingerprintIn(id) === certificate.fingerprint,
      open: (signed, now) => openMessage(certificate, signed, now),
    };
  } catch (error) {
    if (error instanceof AdapterError) return { kind: "unusable", why: `cannot be used: ${error.message}` };
    throw error;
  }
}

// "OpenPGP RFC4880 V4 fingerprint, represented as upper-case hex" (binaryauthorization/v1/resources.proto); as a URI "openpgp4fpr:..."
// (grafeas/v1/common.proto). It is that of the primary key, whichever subkey signs.
function fingerprintIn(id: string): string {
  return id.replace(/^openpgp4fpr:/i, "").toUpperCase();
}

/**
 * kritis reads what the message holds, Grafeas what stands beside it ("verifiers MUST ignore any attached payload"): only where both are the same is
 * there no second document in one.
 */
function openMessage(certificate: Certificate, { payload, signature }: Signed, now: Instant): Opened {
  const verified = verifyMessage(Buffer.from(signature).toString("latin1"), certificate, now);
  if (verified.kind !== "good") return refuse(...OBJECTIONS[verified.kind]);
  const { content, signedAt, endsAt } = verified;
  if (payload !== undefined && !sameBytes(payload, content))
    return refuse("signature-invalid", "genuine, but what the message holds is not the payload beside it");
  const claimed = { at: signedAt, by: "signer" } as const;
  const times = { signedAt: claimed, madeAfter: claimed, ...(endsAt === undefined ? {} : { goodUntil: endsAt }) };
  return { kind: "genuine", payload: content, told: { key: ownerOf(certificate), ...times } };
}

/** The primary key: who has several subkeys is still one. A key that counts has one of a kind that counts. */
function ownerOf({ primary, fingerprint }: Certificate): Digest {
  return sha256Of(primary.key.key?.export({ type: "spki", format: "der" }) ?? Buffer.from(fingerprint));
}

const OBJECTIONS: Readonly<Record<Exclude<VerifiedMessage["kind"], "good">, Parameters<typeof refuse>>> = {
  "wrong-key": ["signature-invalid", "not made by the key that it names, or changed since"],
  revoked: ["revoked", "its key has been taken back"],
  expired: ["expired", "it has expired, or its key has"],
  "not-yet-valid": ["not-yet-valid", "it or its key is from a time to come"],
  unable: ["signature-invalid", "made by a subkey that may not sign, or before its key was"],
};

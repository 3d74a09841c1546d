import { judgeFault } from "../content-fault.ts";
import { signedTexts } from "../signed-texts.ts";
import type { Certified } from "../sigstore/keyless.ts";
import { objectionToPayload, readPayload } from "../simple-signing.ts";
import { decodeBase64 } from "../strict.ts";
import { readBundleAnnotation, readCertificates, readTimestampAnnotation } from "./beside.ts";
import type { Beside } from "./discover.ts";
import { type Expected, type Judgement, notVerified } from "./judgement.ts";
import { judgeCertified, judgeKeyed } from "./keyless.ts";
import { checkSignature } from "./keys.ts";

/** A signature of the older form: a payload, and beside it what the annotations of its layer say. */
export interface SignedPayload extends Beside {
  readonly payload: Uint8Array;
}

/** Judges one signature of the older form. Pure, and never throws on content. */
export function verifyPayload(signed: SignedPayload, expected: Expected): Judgement {
  const signature = decodeBase64(signed.signature ?? "");
  if (signature === undefined) return { code: "malformed", detail: "its layer carries no signature in canonical base64" };
  try {
    const judgement = judgeSigner(signed, signature, expected);
    if (judgement.code !== "ok") return judgement;
    const payload = readPayload(signed.payload, "cosign container image signature");
    return objectionToPayload(payload, expected.image, expected.annotations) ?? { ...judgement, ...signedTexts(payload.optional) };
  } catch (error) {
    return judgeFault(error);
  }
}

function judgeSigner(signed: SignedPayload, signature: Uint8Array, expected: Expected): Judgement {
  const { payload, certificate } = signed;
  const checked = checkSignature(expected.keys, payload, signature);
  if (checked.kind === "verified")
    return judgeKeyed(checked, { covered: payload, payload: undefined, signature }, () => proofOf(signed), expected);
  return certificate === undefined ? notVerified(checked) : judgeCertified(() => certifiedBy(signed, certificate, signature), expected);
}

function proofOf({ bundle, timestamp }: SignedPayload): Pick<Certified, "entries" | "timestamps"> {
  return { entries: readBundleAnnotation(bundle), timestamps: readTimestampAnnotation(timestamp) };
}

function certifiedBy(signed: SignedPayload, certificate: string, signature: Uint8Array): Certified {
  const { payload, chain } = signed;
  return { covered: payload, payload: undefined, signature, ...readCertificates(certificate, chain), ...proofOf(signed) };
}

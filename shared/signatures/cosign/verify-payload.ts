import { judgeFault } from "../content-fault.ts";
import type { Certified } from "../sigstore/keyless.ts";
import { decodeBase64 } from "../strict.ts";
import { readBundleAnnotation, readCertificates, readTimestampAnnotation } from "./beside.ts";
import type { Beside } from "./discover.ts";
import { type Expected, type Judgement, notVerified, signedBy } from "./judgement.ts";
import { judgeCertified, objectionToLog } from "./keyless.ts";
import { type Checked, checkSignature } from "./keys.ts";
import { objectionToPayload } from "./simple-signing.ts";

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
    return objectionToPayload(signed.payload, expected.image, expected.annotations) ?? judgement;
  } catch (error) {
    return judgeFault(error);
  }
}

function judgeSigner(signed: SignedPayload, signature: Uint8Array, expected: Expected): Judgement {
  const { payload, certificate } = signed;
  const checked = checkSignature(expected.keys, payload, signature);
  if (checked.kind === "verified") return judgeKey(checked, signed, signature, expected);
  return certificate === undefined ? notVerified(checked) : judgeCertified(() => certifiedBy(signed, certificate, signature), expected);
}

function judgeKey(
  { key }: Extract<Checked, { kind: "verified" }>,
  signed: SignedPayload,
  signature: Uint8Array,
  expected: Expected,
): Judgement {
  const { payload: covered, bundle } = signed;
  const signedBytes = { covered, payload: undefined, signature };
  return objectionToLog(key, signedBytes, () => readBundleAnnotation(bundle), expected) ?? signedBy(key.name);
}

function certifiedBy({ payload, chain, bundle, timestamp }: SignedPayload, certificate: string, signature: Uint8Array): Certified {
  return {
    covered: payload,
    payload: undefined,
    signature,
    ...readCertificates(certificate, chain),
    entries: readBundleAnnotation(bundle),
    timestamps: readTimestampAnnotation(timestamp),
  };
}

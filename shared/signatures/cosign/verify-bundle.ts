import { quote } from "../../domain/parse-error.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { type Bundle, type BundleContent, readBundle } from "./bundle.ts";
import { preAuthenticationEncoding } from "./dsse.ts";
import { BY_CERTIFICATE, type Expected, type Judgement, judgeFault, notVerified, signedBy } from "./judgement.ts";
import { checkSignature } from "./keys.ts";
import { isImageSignature, objectionTo, readStatement, STATEMENT_TYPE } from "./statement.ts";

/** Judges one bundle; `undefined` where it is no signature of an image at all. Pure, and never throws on content. */
export function verifyBundle(bytes: Uint8Array, expected: Expected): Judgement | undefined {
  try {
    return judgeBundle(readBundle(bytes), expected);
  } catch (error) {
    return judgeFault(error);
  }
}

function judgeBundle({ signer, content }: Bundle, expected: Expected): Judgement | undefined {
  if (content.kind === "message")
    return { code: "unsupported", detail: "signs a bare message; a signature of an image is a statement about it" };
  if (content.payloadType !== STATEMENT_TYPE)
    throw new AdapterError("malformed", `envelope: its payload type ${quote(content.payloadType)} is no in-toto statement`);
  if (signer.kind === "key") return judgeByKey(content, expected);
  return isAttestation(content.payload) ? undefined : BY_CERTIFICATE;
}

type Envelope = Extract<BundleContent, { kind: "envelope" }>;

function judgeByKey({ payloadType, payload, signature }: Envelope, { image, keys, annotations }: Expected): Judgement | undefined {
  // Before the payload is read: what a trusted key did not sign decides nothing.
  const checked = checkSignature(keys, preAuthenticationEncoding(payloadType, payload), signature);
  if (checked.kind === "verified") return objectionTo(readStatement(payload), image, annotations) ?? signedBy(checked.name);
  // Somebody else's attestation is no bad signature of ours.
  return isAttestation(payload) ? undefined : notVerified(checked);
}

/** Whether it claims to be something else than a signature of an image. What cannot be read is held to be one. */
function isAttestation(payload: Uint8Array): boolean {
  try {
    return !isImageSignature(readStatement(payload));
  } catch {
    return false;
  }
}

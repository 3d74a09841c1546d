import { decodeBase64 } from "../strict.ts";
import { BY_CERTIFICATE, type Expected, type Judgement, judgeFault, notVerified, signedBy } from "./judgement.ts";
import { checkSignature } from "./keys.ts";
import { objectionToPayload } from "./simple-signing.ts";

/** A signature of the older form: a payload, and beside it what the annotations of its layer say. */
export interface SignedPayload {
  readonly payload: Uint8Array;
  /** Base64, unread. */
  readonly signature: string | undefined;
  readonly hasCertificate: boolean;
}

/** Judges one signature of the older form. Pure, and never throws on content. */
export function verifyPayload({ payload, signature, hasCertificate }: SignedPayload, { image, keys, annotations }: Expected): Judgement {
  const signatureBytes = decodeBase64(signature ?? "");
  if (signatureBytes === undefined) return { code: "malformed", detail: "its layer carries no signature in canonical base64" };
  const checked = checkSignature(keys, payload, signatureBytes);
  if (checked.kind !== "verified") return hasCertificate ? BY_CERTIFICATE : notVerified(checked);
  try {
    return objectionToPayload(payload, image, annotations) ?? signedBy(checked.name);
  } catch (error) {
    return judgeFault(error);
  }
}

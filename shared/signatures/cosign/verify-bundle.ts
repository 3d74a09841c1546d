import { quote } from "../../domain/parse-error.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { type Bundle, type BundleContent, readBundle } from "./bundle.ts";
import { preAuthenticationEncoding } from "./dsse.ts";
import { type Expected, type Judgement, judgeFault, notVerified, signedBy } from "./judgement.ts";
import { judgeCertified, objectionToLog } from "./keyless.ts";
import { checkSignature } from "./keys.ts";
import { isImageSignature, objectionTo, readStatement, STATEMENT_TYPE } from "./statement.ts";

/** Judges one bundle; `undefined` where it is no signature of an image at all. Pure, and never throws on content. */
export function verifyBundle(bytes: Uint8Array, expected: Expected): Judgement | undefined {
  const { sigstore } = expected;
  try {
    return judgeBundle(readBundle(bytes, sigstore?.kind === "ready" ? sigstore : {}), expected);
  } catch (error) {
    return judgeFault(error);
  }
}

function judgeBundle(bundle: Bundle, expected: Expected): Judgement | undefined {
  const { content } = bundle;
  if (content.kind === "message")
    return { code: "unsupported", detail: "signs a bare message; a signature of an image is a statement about it" };
  if (content.payloadType !== STATEMENT_TYPE)
    throw new AdapterError("malformed", `envelope: its payload type ${quote(content.payloadType)} is no in-toto statement`);
  // Before the payload is read: what nobody trusted signed decides nothing.
  const judgement = orFault(() => judgeSigner(bundle, content, expected));
  if (judgement.code === "ok") return objectionTo(readStatement(content.payload), expected.image, expected.annotations) ?? judgement;
  // Somebody else's attestation is no bad signature of ours.
  return isAttestation(content.payload) ? undefined : judgement;
}

function orFault(judge: () => Judgement): Judgement {
  try {
    return judge();
  } catch (error) {
    return judgeFault(error);
  }
}

type Envelope = Extract<BundleContent, { kind: "envelope" }>;

function judgeSigner(
  { signer, entries, timestamps }: Bundle,
  { payloadType, payload, signature }: Envelope,
  expected: Expected,
): Judgement {
  const signed = { covered: preAuthenticationEncoding(payloadType, payload), payload, signature };
  if (signer.kind === "certificate") return judgeCertified(() => ({ ...signed, ...signer, entries, timestamps }), expected);
  const checked = checkSignature(expected.keys, signed.covered, signature);
  if (checked.kind !== "verified") return notVerified(checked);
  return objectionToLog(checked.key, signed, () => entries, expected) ?? signedBy(checked.key.name);
}

/** Whether it claims to be something else than a signature of an image. What cannot be read is held to be one. */
function isAttestation(payload: Uint8Array): boolean {
  try {
    return !isImageSignature(readStatement(payload));
  } catch {
    return false;
  }
}

import { quote } from "../../domain/parse-error.ts";
import { sha256Of } from "../../oci/sha256.ts";
import { judgeFault } from "../content-fault.ts";
import { malformed } from "../der.ts";
import { preAuthenticationEncoding } from "../dsse.ts";
import { signedTexts } from "../signed-texts.ts";
import { readShape } from "../strict.ts";
import { readBundleAnnotation, readCertificates, readTimestampAnnotation } from "./beside.ts";
import type { BundleSigner, Envelope } from "./bundle.ts";
import { readEnvelope } from "./bundle.ts";
import { envelopeShape } from "./bundle-shape.ts";
import type { Beside } from "./discover.ts";
import { type Brought, judgeSigner } from "./judge-signer.ts";
import type { Expected, Judgement } from "./judgement.ts";
import { annotationsOn, isAsked, objectionTo, readStatement, STATEMENT_TYPE } from "./statement.ts";

/** Judges an attestation of the older form: an envelope, and beside it what the annotations of its layer say. Never throws on content. */
export function verifyEnvelope(
  { payload: bytes, ...beside }: Beside & { readonly payload: Uint8Array },
  expected: Expected,
): Judgement | undefined {
  try {
    return judgeEnvelope(readEnvelope(readShape(bytes, envelopeShape, "envelope")), () => broughtBeside(beside), expected);
  } catch (error) {
    return judgeFault(error);
  }
}

function broughtBeside({ certificate, chain, bundle, timestamp }: Beside): Brought {
  const signer: BundleSigner =
    certificate === undefined ? { kind: "key" } : { kind: "certificate", ...readCertificates(certificate, chain) };
  return { signer, entries: readBundleAnnotation(bundle), timestamps: readTimestampAnnotation(timestamp) };
}

/**
 * Judges a signed statement; `undefined` where it is not of the kind that is asked for and nobody trusted signed it.
 * @throws AdapterError malformed, too-large
 */
export function judgeEnvelope(envelope: Envelope, brought: () => Brought, expected: Expected): Judgement | undefined {
  if (envelope.payloadType !== STATEMENT_TYPE)
    throw malformed("envelope", `its payload type ${quote(envelope.payloadType)} is no in-toto statement`);
  // Before the payload is read: what nobody trusted signed decides nothing.
  const { payloadType, payload, signature } = envelope;
  const judgement = judgeSigner(
    () => ({ covered: preAuthenticationEncoding(payloadType, payload), payload, signature }),
    brought,
    expected,
  );
  if (judgement.code === "ok") return judgeStatement(payload, judgement, expected);
  // Somebody else's attestation is no bad signature of ours.
  return isOther(envelope.payload, expected) ? undefined : judgement;
}

function judgeStatement(payload: Uint8Array, judgement: Judgement, expected: Expected): Judgement {
  const statement = readStatement(payload);
  const against = objectionTo(statement, expected);
  if (against !== undefined) return against;
  const told = { ...judgement, ...signedTexts(...annotationsOn(statement, expected.image)) };
  return expected.predicateType === undefined ? told : { ...told, statement: sha256Of(payload) };
}

/** Whether it claims to be something else than what is asked for. What cannot be read is held to be that. */
function isOther(payload: Uint8Array, expected: Expected): boolean {
  try {
    return !isAsked(readStatement(payload), expected);
  } catch {
    return false;
  }
}

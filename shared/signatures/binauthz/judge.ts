import { type ImageKey, printImageKey } from "../../domain/image-ref.ts";
import { quote } from "../../domain/parse-error.ts";
import type { Instant } from "../../domain/time.ts";
import { judgeFault } from "../content-fault.ts";
import { signedTexts } from "../signed-texts.ts";
import type { Judgement } from "./judgement.ts";
import { type Occurrence, readOccurrence } from "./occurrence.ts";
import type { Opened, Signed, VerificationKey } from "./opened.ts";
import { objectionToAttested, readAttested } from "./payload.ts";

/** An attestor whose keys have been read. */
export interface ReadAttestor {
  /** What the policy calls it. */
  readonly name: string;
  readonly note: string;
  readonly keys: readonly VerificationKey[];
}

/** What an attestation is measured against. */
export interface Expected {
  readonly image: ImageKey;
  /** Must stand in what was signed. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly now: Instant;
}

/** How Container Analysis names an image. */
export function resourceOf(image: ImageKey): string {
  return `https://${printImageKey(image)}`;
}

/** Judges every signature of an occurrence. Pure, and never throws on content. */
export function judgeOccurrence(document: unknown, attestor: ReadAttestor, expected: Expected): readonly Judgement[] {
  try {
    const occurrence = readOccurrence(document);
    const objection = objectionToOccurrence(occurrence, attestor, expected);
    return objection === undefined ? judgeSignatures(occurrence, attestor, expected) : [objection];
  } catch (error) {
    return [judgeFault(error)];
  }
}

function objectionToOccurrence(
  { kind, resourceUri, noteName, attestation: { signatures, jwts } }: Occurrence,
  attestor: ReadAttestor,
  { image }: Expected,
): Judgement | undefined {
  if (kind !== "ATTESTATION") return { code: "unsupported", detail: `an occurrence of kind ${quote(kind)}, not an attestation` };
  if (resourceUri !== resourceOf(image)) return { code: "scope-mismatch", detail: `on another resource: ${quote(resourceUri)}` };
  // The note is who it was meant to speak for: one key may sign for several attestors.
  if (noteName !== attestor.note) return { code: "untrusted-root", detail: `on a note of nobody who is trusted: ${quote(noteName)}` };
  return signatures.length + jwts.length > 0 ? undefined : { code: "malformed", detail: "nobody has signed it" };
}

function judgeSignatures({ attestation }: Occurrence, attestor: ReadAttestor, expected: Expected): readonly Judgement[] {
  const { serializedPayload: payload, signatures, jwts } = attestation;
  return [
    ...signatures.map(({ publicKeyId, signature }) => judgeSignature({ payload, signature }, publicKeyId, attestor, expected)),
    ...jwts.map((): Judgement => ({ code: "unsupported", detail: "attested by a JWT, which is not verified" })),
  ];
}

function judgeSignature(signed: Signed, keyId: string, attestor: ReadAttestor, expected: Expected): Judgement {
  const named = attestor.keys.filter((key) => key.kind === "usable").filter((key) => key.isNamed(keyId));
  if (named.length === 0) return unknownKey(keyId, attestor);
  try {
    const opened = named.map((key) => key.open(signed, expected.now));
    return conclude(opened.find(({ kind }) => kind === "genuine") ?? opened[0], attestor, expected);
  } catch (error) {
    return judgeFault(error);
  }
}

// "Verification implementations MUST reject signatures [whose] public_key_id is not recognized" (grafeas/v1/common.proto).
function unknownKey(keyId: string, { name, keys }: ReadAttestor): Judgement {
  const unusable = keys.find((key) => key.kind === "unusable");
  if (unusable !== undefined) return { code: "unsupported", detail: `a key of ${name} ${unusable.why}` };
  return { code: "identity-mismatch", detail: `names a key that ${name} does not have: ${quote(keyId)}` };
}

function conclude(opened: Opened | undefined, { name }: ReadAttestor, { image, annotations }: Expected): Judgement {
  if (opened?.kind !== "genuine") return opened?.judgement ?? { code: "signature-invalid", detail: "made by no key" };
  const payload = readAttested(opened.payload);
  const along = signedTexts(payload.optional);
  return (
    objectionToAttested(payload, image, annotations) ?? {
      code: "ok",
      identity: name,
      detail: `attested by ${name}`,
      ...opened.told,
      ...along,
    }
  );
}

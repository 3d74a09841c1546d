import * as z from "zod";
import { algorithmOf, type Digest, hexOf } from "../../domain/digest.ts";
import { type ImageKey, printImageKey } from "../../domain/image-ref.ts";
import { type Instant, parseInstant, printInstant } from "../../domain/time.ts";

/** SLSA Verification Summary Attestation, version 1 (slsa-framework/slsa, spec/verification_summary.md). */
export const VERDICT_PREDICATE = "https://slsa.dev/verification_summary/v1";
export const STATEMENT_TYPE = "application/vnd.in-toto+json";

/** Who says that images passed: the same in all that one gate publishes. */
export interface Verifier {
  /** URI that consumers hold against the key. */
  readonly id: string;
  /** Of the program. */
  readonly version: string;
  /** What else a pass means to the organisation, in its own words. */
  readonly levels: readonly string[];
}

export interface Pass {
  readonly subject: ImageKey;
  readonly policy: { readonly name: string; readonly digest: Digest };
  /** Of the evidence that it rests on. */
  readonly inputs: Digest;
}

/** The statement that an image passed, as bytes to sign. There is no other: a statement that one failed would admit it where nobody reads the result. */
export function encodePass({ subject, policy, inputs }: Pass, verifier: Verifier, at: Instant): Uint8Array {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: `${subject.registry}/${subject.repository}`, digest: digestSet(subject.digest) }],
    predicateType: VERDICT_PREDICATE,
    predicate: {
      verifier: { id: verifier.id, version: { moorgate: verifier.version } },
      timeVerified: printInstant(at),
      resourceUri: `oci://${printImageKey(subject)}`,
      policy: { uri: `${verifier.id}/policies/${encodeURIComponent(policy.name)}`, digest: digestSet(policy.digest) },
      // All that the verdict rests on, as one document that the gate keeps in its history.
      inputAttestations: [{ uri: `${verifier.id}/evidence/${hexOf(inputs)}`, digest: digestSet(inputs) }],
      verificationResult: "PASSED",
      verifiedLevels: ["SLSA_BUILD_LEVEL_UNEVALUATED", ...verifier.levels],
      slsaVersion: "1.2",
    },
  };
  return Buffer.from(JSON.stringify(statement));
}

function digestSet(digest: Digest): Readonly<Record<string, string>> {
  return { [algorithmOf(digest)]: hexOf(digest) };
}

const shape = z.object({
  predicate: z.object({ timeVerified: z.string(), verifier: z.object({ version: z.object({ moorgate: z.string() }) }) }),
});

/** When a statement says that it was made. */
export function timeOf(payload: Uint8Array): Instant | "unknown" {
  const read = readFields(payload);
  return read === undefined ? "unknown" : read.at;
}

/** Whether it says exactly this, whenever and by whichever version of the program it was made. */
export function says(payload: Uint8Array, pass: Pass, verifier: Verifier): boolean {
  const read = readFields(payload);
  if (read === undefined) return false;
  return Buffer.compare(payload, encodePass(pass, { ...verifier, version: read.version }, read.at)) === 0;
}

function readFields(payload: Uint8Array): { readonly at: Instant; readonly version: string } | undefined {
  try {
    const { predicate } = shape.parse(JSON.parse(Buffer.from(payload).toString("utf8")));
    return { at: parseInstant(predicate.timeVerified), version: predicate.verifier.version.moorgate };
  } catch {
    return undefined;
  }
}

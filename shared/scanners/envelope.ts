import * as z from "zod";
import { algorithmOf, type Digest, hexOf } from "../domain/digest.ts";
import type { AttestationFact } from "../domain/evidence.ts";
import { sha256Of } from "../oci/sha256.ts";
import { isObject } from "../runtime/lenient.ts";

/** An in-toto statement, its signature unread. */
export interface Statement {
  readonly predicateType: string;
  readonly predicate: unknown;
  readonly subjects: readonly Readonly<Record<string, string>>[];
  /** SHA-256 of its bytes, which a signature may cover; absent where there is no envelope around it. */
  readonly digest?: Digest;
}

/** A document as it is to be shown to the readers, and the statement that it was wrapped in. */
export interface Unwrapped {
  readonly document: unknown;
  readonly statement?: Statement;
}

// in-toto attestation framework, v0.1 and v1; DSSE 1.0; Sigstore bundle 0.1 to 0.3.
const STATEMENT = z.object({
  _type: z.string().startsWith("https://in-toto.io/Statement/"),
  predicateType: z.string().max(500),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()).nullish() })).nullish(),
  predicate: z.unknown(),
});
const ENVELOPE = z.object({ payloadType: z.string(), payload: z.string() });
const STATEMENT_TYPES = ["application/vnd.in-toto+json", "application/json"];

/** How a text inside of a document is parsed: with the caps of the document around it. @throws AdapterError */
export type Parse = (bytes: Uint8Array) => unknown;

/**
 * Takes a document out of the bundle, envelope and statement around it. What is not wrapped, or not in a way that we know, is given back as
 * it is.
 * @throws AdapterError where the payload is no document
 */
export function unwrap(document: unknown, parse: Parse): Unwrapped {
  const bytes = payloadOf(isObject(document) && isObject(document["dsseEnvelope"]) ? document["dsseEnvelope"] : document);
  const payload = bytes === undefined ? document : parse(bytes);
  const read = STATEMENT.safeParse(payload);
  if (!read.success) return { document };
  const { predicateType, predicate, subject } = read.data;
  const subjects = (subject ?? []).map(({ digest }) => digest ?? {});
  const statement = { predicateType, predicate, subjects, ...(bytes === undefined ? {} : { digest: sha256Of(bytes) }) };
  return { document: innerOf(payload, predicate, parse), statement };
}

function payloadOf(document: unknown): Uint8Array | undefined {
  const envelope = ENVELOPE.safeParse(document);
  if (!envelope.success || !STATEMENT_TYPES.includes(envelope.data.payloadType)) return undefined;
  return Buffer.from(envelope.data.payload, "base64");
}

/** The report or SBOM that the predicate is or carries; else the statement itself, for the reader of statements. */
function innerOf(statement: unknown, predicate: unknown, parse: Parse): unknown {
  // cosign writes a predicate that it does not know the form of as a text, sometimes in `Data`.
  const data = isObject(predicate) && typeof predicate["Data"] === "string" ? predicate["Data"] : predicate;
  if (typeof data === "string") return /^\s*[{[<]/.test(data) ? parse(new TextEncoder().encode(data)) : statement;
  if (!isObject(data)) return statement;
  // cosign's vulnerability predicate holds the scanner's own report (COSIGN_VULN_ATTESTATION_SPEC.md); in-toto's own holds a list of ids.
  const result = isObject(data["scanner"]) ? data["scanner"]["result"] : undefined;
  if (isObject(data["scanner"])) return isObject(result) ? result : statement;
  return data;
}

/** cosign 3 signs with a statement as well: that is a signature, no attestation. */
export const SIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1";

export function isAbout(statement: Statement, image: Digest): boolean {
  return statement.subjects.some((digest) => digest[algorithmOf(image)] === hexOf(image));
}

export function attestationOf(statement: Statement, image: Digest, place: string): AttestationFact | undefined {
  const { predicateType, predicate, digest } = statement;
  if (predicateType === SIGN_PREDICATE || !isAbout(statement, image)) return undefined;
  return { predicateType, predicate: predicate ?? null, place, ...(digest === undefined ? {} : { statement: digest }) };
}

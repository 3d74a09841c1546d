import * as z from "zod";
import { algorithmOf, type Digest, hexOf } from "../../domain/digest.ts";
import { quote } from "../../domain/parse-error.ts";
import { readShape } from "../strict.ts";
import type { Expected, Judgement } from "./judgement.ts";

export const STATEMENT_TYPE = "application/vnd.in-toto+json";

/** cosign's COSIGN_PREDICATE_SPEC: the one predicate that says "this image is signed". Every other one says something about the image. */
const SIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1";

// in-toto attestation framework, spec v0.1 and v1: unknown members are left to later versions.
const subjectShape = z.object({
  name: z.string().nullish(),
  digest: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.unknown()).nullish(),
});

const statementShape = z.object({
  _type: z.enum(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]),
  subject: z.array(subjectShape).min(1),
  predicateType: z.string(),
  // cosign before 3.0.5 left it out.
  predicate: z.looseObject({}).nullish(),
});
export type Statement = z.output<typeof statementShape>;

/** @throws AdapterError malformed, too-large */
export function readStatement(payload: Uint8Array): Statement {
  return readShape(payload, statementShape, "statement");
}

/** Whether a statement is of the kind that is asked for: a signature of the image, or an attestation of one type. */
export function isAsked({ predicateType }: Statement, { predicateType: asked = SIGN_PREDICATE }: Pick<Expected, "predicateType">): boolean {
  return typeof asked === "string" ? predicateType === asked : asked.includes(predicateType);
}

/** What was signed along with the image. */
export function annotationsOn({ subject }: Statement, image: Digest): readonly Statement["subject"][number]["annotations"][] {
  return subject.filter(({ digest }) => digest?.[algorithmOf(image)] === hexOf(image)).map(({ annotations }) => annotations);
}

type Asked = Pick<Expected, "image" | "annotations" | "predicateType">;

/** What stands against a genuine statement as what is asked for of this image; `undefined`: nothing. */
export function objectionTo(statement: Statement, asked: Asked): Judgement | undefined {
  const { image, annotations } = asked;
  if (!isAsked(statement, asked)) {
    const what = asked.predicateType === undefined ? "no signature of the image" : "not of the type that is asked for";
    return { code: "predicate-mismatch", detail: `a statement (${quote(statement.predicateType)}), which is ${what}` };
  }
  const about = statement.subject.filter(({ digest }) => digest?.[algorithmOf(image)] === hexOf(image));
  if (about.length === 0) return { code: "digest-mismatch", detail: "genuine, but about another image" };
  const missing = Object.keys(annotations).find((name) => !about.some((subject) => subject.annotations?.[name] === annotations[name]));
  return missing === undefined
    ? undefined
    : { code: "predicate-mismatch", detail: `genuine, but its annotation ${quote(missing)} is not as asked` };
}

import * as z from "zod";
import { ATTESTOR_ALGORITHMS } from "../../domain/attestor-algorithm.ts";
import { type Entry, isFields, listAt } from "../entries.ts";
import { closed, name } from "../field.ts";
import type { Located } from "../place.ts";
import type { Problem } from "../policy-error.ts";
import { ROLES } from "./roles.ts";
import { type PolicyAttestor, type PolicyAttestorKey, pemProblem } from "./trust.ts";

const FILE = z.string().min(1, { error: "name a file" });
const PROJECT = "projects/[a-z][-a-z0-9.:]{0,62}";

const KEY = z.lazy(() =>
  closed({
    file: FILE.optional().describe(
      "Public key in PEM or, without algorithm, OpenPGP key in ASCII armor; read relative to the policy file.",
    ),
    pem: z.string().optional().describe("The same, written out here."),
    algorithm: z.enum(ATTESTOR_ALGORITHMS).optional().describe("How the key signs, in the words of the API. OpenPGP keys have none."),
    id: z
      .string()
      .min(1, { error: "write the id, or leave it out" })
      .max(2048, { error: "write at most 2048 characters" })
      .optional()
      .describe(
        "How signatures name the key, exactly, such as //cloudkms.googleapis.com/v1/projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/1. Left out: ni:///sha-256; and the key's digest, as Binary Authorization names it itself. OpenPGP keys are named by their fingerprint.",
      ),
  }).meta({ oneOf: [{ required: ["file"] }, { required: ["pem"] }] }),
);

/** One entry of `trust.attestors`. */
export const ATTESTOR = z.lazy(() =>
  closed({
    name: name("Name of the attestor; rules and reasons use it."),
    file: FILE.optional().describe(
      "The attestor with its note and keys, as `gcloud container binauthz attestors describe NAME --format json` prints it; read relative to the policy file.",
    ),
    note: z
      .string()
      .regex(new RegExp(`^${PROJECT}/notes/[^/\\s]{1,256}$`), { error: "write projects/PROJECT/notes/NOTE" })
      .optional()
      .describe("What its attestations hang on: projects/PROJECT/notes/NOTE."),
    keys: z.array(KEY).min(1, { error: "name at least one key" }).optional().describe("Its keys, with note."),
    attestor: z
      .string()
      .regex(new RegExp(`^${PROJECT}/attestors/[^/\\s]{1,256}$`), { error: "write projects/PROJECT/attestors/NAME" })
      .optional()
      .describe(
        "projects/PROJECT/attestors/NAME: its note and keys are asked for where its attestations are. Whoever answers there decides whose keys count.",
      ),
    roles: ROLES,
  }).meta({ oneOf: [{ required: ["file"] }, { required: ["note", "keys"] }, { required: ["attestor"] }] }),
);

type Written = z.output<typeof ATTESTOR>;

/** @throws never: `attestorProblems` has seen the entry */
export function readPolicyAttestor({ name, roles, file, note, keys, attestor }: Written): PolicyAttestor {
  if (file !== undefined) return { name, roles, kind: "file", path: file };
  if (attestor !== undefined) return { name, roles, kind: "looked-up", attestor };
  return { name, roles, kind: "pinned", note: note ?? "", keys: (keys ?? []).map(readPolicyKey) };
}

function readPolicyKey({ file, pem, algorithm, id }: NonNullable<Written["keys"]>[number]): PolicyAttestorKey {
  return {
    source: pem === undefined ? { kind: "file", path: file ?? "" } : { kind: "pem", pem },
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(id === undefined ? {} : { id }),
  };
}

/** The entries of `trust.attestors`, as plain values. */
export function attestorsIn(located: Located): readonly Entry[] {
  return listAt(located, ["trust", "attestors"]);
}

/** What the fields of an attestor demand of each other. */
export function attestorProblems(located: Located): readonly Problem[] {
  return attestorsIn(located).flatMap((entry) => [
    ...originProblems(located, entry),
    ...keysOf(entry).flatMap((key) => keyProblems(located, key)),
  ]);
}

function originProblems(located: Located, { fields: { file, note, keys, attestor }, path }: Entry): readonly Problem[] {
  const origins = [file, note, attestor].filter((each) => each !== undefined).length;
  if (origins !== 1) {
    const mend = "write one of file, note (with keys) or attestor";
    return [{ place: located.place(path), message: "an attestor needs its note and keys from one place", mend }];
  }
  if ((note === undefined) === (keys === undefined)) return [];
  return note === undefined
    ? [
        {
          place: located.place([...path, "keys"]),
          message: "these keys would not be looked at",
          mend: "write note beside them, or take them out",
        },
      ]
    : [{ place: located.place([...path, "note"]), message: "without keys nobody could sign for this note", mend: "add keys" }];
}

function keysOf({ fields: { keys }, path }: Entry): readonly Entry[] {
  return Array.isArray(keys)
    ? keys.flatMap((fields: unknown, index) => (isFields(fields) ? [{ fields, path: [...path, "keys", index] }] : []))
    : [];
}

function keyProblems(located: Located, { fields: { file, pem, algorithm, id }, path }: Entry): readonly Problem[] {
  if ((file === undefined) === (pem === undefined))
    return [{ place: located.place(path), message: "a key needs its text from one place", mend: "write either file or pem" }];
  const text = typeof pem === "string" ? attestorKeyProblem(pem, typeof algorithm === "string") : undefined;
  const unnamed = algorithm === undefined && id !== undefined;
  return [
    ...(text === undefined ? [] : [{ place: located.place([...path, "pem"]), ...text }]),
    ...(unnamed
      ? [
          {
            place: located.place([...path, "id"]),
            message: "an OpenPGP key is named by its fingerprint",
            mend: "leave id out, or add algorithm",
          },
        ]
      : []),
  ];
}

const ARMORED = /^\s*-----BEGIN PGP PUBLIC KEY BLOCK-----\s[\s\S]+-----END PGP PUBLIC KEY BLOCK-----\s*$/;

/** What is wrong with a key's text, as far as one can see without reading the key itself. */
export function attestorKeyProblem(text: string, isPkix: boolean): { readonly message: string; readonly mend: string } | undefined {
  const isArmored = ARMORED.test(text);
  if (isPkix)
    return isArmored ? { message: "this is an OpenPGP key, which has no algorithm", mend: "take algorithm out" } : pemProblem(text);
  if (isArmored) return undefined;
  return pemProblem(text) ?? { message: "a key in PEM does not tell how it signs", mend: "add algorithm, such as ECDSA_P256_SHA256" };
}

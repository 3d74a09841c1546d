import * as z from "zod";
import { ATTESTOR_ALGORITHMS } from "../../domain/attestor-algorithm.ts";
import { quote } from "../../domain/parse-error.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AttestorKey } from "../../ports/occurrence-source.ts";
import { checkShape, readShape } from "../strict.ts";

/** An attestor as the API knows it. */
export interface Attestor {
  /** `projects/P/attestors/A`. */
  readonly name: string;
  /** `projects/P/notes/N`. */
  readonly note: string;
  readonly keys: readonly AttestorKey[];
}

const MAX_KEYS = 100;

const pkixShape = z.object({ publicKeyPem: z.string(), signatureAlgorithm: z.string(), keyId: z.string().nullish() });
const keyShape = z.object({ id: z.string().nullish(), asciiArmoredPgpPublicKey: z.string().nullish(), pkixPublicKey: pkixShape.nullish() });
const noteShape = z.object({ noteReference: z.string(), publicKeys: z.array(keyShape).max(MAX_KEYS).default([]) });
// Binary Authorization v1, `Attestor`; v1beta1 has another name for the note.
const attestorShape = z.object({
  name: z.string(),
  userOwnedGrafeasNote: noteShape.optional(),
  userOwnedDrydockNote: noteShape.optional(),
});

type WrittenKey = z.output<typeof keyShape>;

/** An attestor as `gcloud container binauthz attestors describe NAME --format json` prints it. @throws AdapterError malformed, too-large, unsupported */
export function parseAttestor(text: string): Attestor {
  return toAttestor(readShape(Buffer.from(text), attestorShape, "attestor"));
}

/** @throws AdapterError malformed, unsupported */
export function readAttestor(document: unknown): Attestor {
  return toAttestor(checkShape(document, attestorShape, "attestor"));
}

function toAttestor({ name, userOwnedGrafeasNote, userOwnedDrydockNote }: z.output<typeof attestorShape>): Attestor {
  const note = userOwnedGrafeasNote ?? userOwnedDrydockNote;
  if (note === undefined) throw new AdapterError("unsupported", `the attestor ${quote(name)} has no note of its user`);
  return { name, note: note.noteReference, keys: note.publicKeys.map((key) => toKey(key, name)) };
}

function toKey({ id, asciiArmoredPgpPublicKey: armored, pkixPublicKey: pkix }: WrittenKey, attestor: string): AttestorKey {
  if (pkix && !armored) return toPkix(pkix, id);
  if (armored && !pkix) return { kind: "pgp", armored };
  throw new AdapterError("malformed", `the attestor ${quote(attestor)}: a key is neither PKIX nor PGP, or both`);
}

function toPkix({ publicKeyPem, signatureAlgorithm, keyId }: z.output<typeof pkixShape>, id: string | null | undefined): AttestorKey {
  const algorithm = ATTESTOR_ALGORITHMS.find((each) => each === signatureAlgorithm);
  if (algorithm === undefined) return { kind: "unsupported", why: `is of ${quote(signatureAlgorithm)}, which is not verified` };
  // The wrapper's id is the one that counts; the key's own "can either match that value exactly, or be left blank" (resources.proto).
  const named = id || keyId;
  return { kind: "pkix", pem: publicKeyPem, algorithm, ...(named ? { id: named } : {}) };
}

import { ParseError, quote } from "../domain/parse-error.ts";
import { attestorKeyProblem } from "../policy/trust/attestors.ts";
import type { PolicyAttestor, PolicyAttestorKey } from "../policy/trust/trust.ts";
import type { AttestorKey, TrustedAttestor } from "../ports/occurrence-source.ts";
import { parseAttestor } from "../signatures/binauthz/attestor.ts";
import { readKey } from "../signatures/binauthz/keys.ts";
import { readText, whole } from "./policy-files.ts";

/**
 * An attestor of the policy, with all files that it names. `at`: where a path of the policy leads.
 * @throws ParseError also where none of its keys could ever verify anything
 */
export function readAttestor(attestor: PolicyAttestor, at: (path: string) => string, policyFile: string): TrustedAttestor {
  const { name } = attestor;
  switch (attestor.kind) {
    case "looked-up":
      return { name, kind: "looked-up", attestor: attestor.attestor };
    case "pinned":
      return { name, kind: "pinned", note: attestor.note, keys: attestor.keys.map((key) => readPolicyKey(key, at, policyFile, name)) };
    case "file": {
      const file = at(attestor.path);
      const { note, keys } = whole(file, "attestor", () => parseAttestor(readText(file, "attestor")));
      // Some of them may be of a kind that is not verified; what they sign stays open.
      if (keys.every((key) => readKey(key).kind === "unusable")) refuseKeys(keys, file, name);
      return { name, kind: "pinned", note, keys };
    }
  }
}

function refuseKeys([key]: readonly AttestorKey[], file: string, attestor: string): never {
  if (key !== undefined) usable(key, file, attestor);
  throw new ParseError(file, "the attestor has no key, so nobody could sign for it", "add a key to it, and export it again");
}

function readPolicyKey(
  { source, algorithm, id }: PolicyAttestorKey,
  at: (path: string) => string,
  policyFile: string,
  attestor: string,
): AttestorKey {
  const file = source.kind === "file" ? at(source.path) : policyFile;
  const text = source.kind === "file" ? readText(file, "attestor's key") : source.pem;
  const problem = attestorKeyProblem(text, algorithm !== undefined);
  if (problem !== undefined) throw new ParseError(file, problem.message, problem.mend);
  if (algorithm === undefined) return usable({ kind: "pgp", armored: text }, file, attestor);
  return usable({ kind: "pkix", pem: text, algorithm, ...(id === undefined ? {} : { id }) }, file, attestor);
}

function usable(key: AttestorKey, place: string, attestor: string): AttestorKey {
  const read = readKey(key);
  if (read.kind === "unusable")
    throw new ParseError(place, `a key of the attestor ${quote(attestor)} ${read.why}`, "trust another key, or leave it out");
  return key;
}

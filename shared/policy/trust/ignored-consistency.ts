import { quote } from "../../domain/parse-error.ts";
import { type Entry, listAt } from "../entries.ts";
import { readDate } from "../field.ts";
import { suggest } from "../nearest.ts";
import type { Located } from "../place.ts";
import type { Problem } from "../policy-error.ts";
import type { TrustedSigner } from "./trust.ts";

/** An entry that ignores everything, or nothing, is a mistake; the first is a dangerous one. */
export function ignoredProblems(located: Located, signers: readonly TrustedSigner[]): readonly Problem[] {
  const names = signers.map(({ name }) => name);
  return listAt(located, ["trust", "ignored"]).flatMap((entry) => [
    ...aimProblems(located, entry),
    ...signerProblems(located, entry, names),
    ...windowProblems(located, entry),
  ]);
}

function aimProblems(located: Located, { fields: { signer, signature }, path }: Entry): readonly Problem[] {
  if (signer !== undefined || signature !== undefined) return [];
  return [{ place: located.place(path), message: "every signature would be ignored", mend: "name a signer, a signature, or both" }];
}

function signerProblems(located: Located, { fields: { signer }, path }: Entry, names: readonly string[]): readonly Problem[] {
  if (typeof signer !== "string" || names.includes(signer)) return [];
  return [
    { place: located.place([...path, "signer"]), message: `${quote(signer)} is no signer of this policy`, mend: suggest(signer, names) },
  ];
}

function windowProblems(located: Located, { fields: { from, until }, path }: Entry): readonly Problem[] {
  const [start, end] = [readDate(from), readDate(until)];
  if (start === undefined || end === undefined || start < end) return [];
  return [
    {
      place: located.place([...path, "until"]),
      message: "it ends before it begins, so nothing would be ignored",
      mend: "write a later day for until",
    },
  ];
}

import { type Entry, isFields, listAt, repeated, valueAt } from "../entries.ts";
import type { Located } from "../place.ts";
import type { Problem } from "../policy-error.ts";
import { NOTATION_NAME } from "./settings.ts";
import { pemProblem } from "./trust.ts";

/** What the parts of a policy's trust demand of each other, seen in the plain values. */
export function trustProblems(located: Located): readonly Problem[] {
  const keys = listAt(located, ["trust", "keys"]);
  const identities = listAt(located, ["trust", "identities"]);
  return [
    ...repeated(located, [...keys, ...identities, ...notationIn(located)], "name", "signer"),
    ...keys.flatMap((key) => keySourceProblems(located, key)),
    ...identities.flatMap((identity) => anybodyProblems(located, identity)),
    ...rootProblems(located, keys, identities),
  ];
}

/** Names of all whom the policy trusts, as far as they can be read. */
export function signerNames(located: Located): readonly string[] {
  return [...listAt(located, ["trust", "keys"]), ...listAt(located, ["trust", "identities"]), ...notationIn(located)].flatMap(
    ({ fields: { name } }) => (typeof name === "string" ? [name] : []),
  );
}

function notationIn({ data }: Located): readonly Entry[] {
  const path = ["trust", "notation"];
  const fields = valueAt(data, path);
  return isFields(fields) ? [{ fields: { name: NOTATION_NAME, ...fields }, path }] : [];
}

function keySourceProblems(located: Located, { fields: { file, pem }, path }: Entry): readonly Problem[] {
  if ((file === undefined) === (pem === undefined)) {
    return [{ place: located.place(path), message: "a key needs its text from one place", mend: "write either file or pem" }];
  }
  const problem = typeof pem === "string" ? pemProblem(pem) : undefined;
  return problem === undefined ? [] : [{ place: located.place([...path, "pem"]), ...problem }];
}

/** Everybody has an account with some provider of identities: a signer who may be anybody is none. */
function anybodyProblems(located: Located, { fields: { issuer, subject, claims }, path }: Entry): readonly Problem[] {
  const isNarrowed = isFields(claims) && Object.keys(claims).length > 0;
  const open = [...(isAnything(issuer) ? ["issuer"] : []), ...(isAnything(subject) && !isNarrowed ? ["subject"] : [])];
  return open.map((field) => ({
    place: located.place([...path, field]),
    message: `any ${field} would do, so anybody could sign`,
    mend: field === "issuer" ? "write the address of the provider" : "write more than *, or add claims",
  }));
}

function isAnything(text: unknown): boolean {
  return typeof text === "string" && /^\*+$/.test(text);
}

function rootProblems(located: Located, keys: readonly Entry[], identities: readonly Entry[]): readonly Problem[] {
  if (valueAt(located.data, ["trust", "sigstore"]) !== undefined) return [];
  const mend = "add trust.sigstore with root: the trusted_root.json of the Sigstore instance";
  const [identity] = identities;
  const logged = keys.filter(({ fields }) => fields["transparencyLog"] === "required");
  return [
    ...(identity === undefined
      ? []
      : [{ place: located.place(identity.path), message: "no Sigstore is trusted, so no certificate could be verified", mend }]),
    ...logged.map(({ path }) => ({
      place: located.place([...path, "transparencyLog"]),
      message: "no Sigstore is trusted, so no log could be verified",
      mend,
    })),
  ];
}

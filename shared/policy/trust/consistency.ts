import { quote } from "../../domain/parse-error.ts";
import { type Entry, isFields, listAt, repeated, valueAt } from "../entries.ts";
import { suggest } from "../nearest.ts";
import type { Located } from "../place.ts";
import type { Problem } from "../policy-error.ts";
import { attestorProblems, attestorsIn } from "./attestors.ts";
import { ignoredProblems } from "./ignored-consistency.ts";
import { NOTATION_NAME } from "./settings.ts";
import { pemProblem, type TrustedSigner } from "./trust.ts";

/** What the parts of a policy's trust demand of each other, seen in the plain values. */
export function trustProblems(located: Located): readonly Problem[] {
  const keys = listAt(located, ["trust", "keys"]);
  const identities = listAt(located, ["trust", "identities"]);
  return [
    ...repeated(located, [...keys, ...identities, ...notationIn(located), ...attestorsIn(located)], "name", "signer"),
    ...keys.flatMap((key) => keySourceProblems(located, key)),
    ...identities.flatMap((identity) => anybodyProblems(located, identity)),
    ...sigstoreProblems(located, keys, identities),
    ...attestorProblems(located),
    ...ignoredProblems(located, signersIn(located)),
  ];
}

/** Somebody as the file names them. `isKey`: signs with a key of cosign, which tells no time. */
export type NamedSigner = TrustedSigner & { readonly isKey: boolean };

/** All whom the policy trusts, as far as they can be read. */
export function signersIn(located: Located): readonly NamedSigner[] {
  const named = (format: TrustedSigner["format"], entries: readonly Entry[], isKey = false): readonly NamedSigner[] =>
    entries.flatMap(({ fields: { name, roles } }) =>
      typeof name === "string"
        ? [{ name, format, isKey, roles: Array.isArray(roles) ? roles.filter((role) => typeof role === "string") : [] }]
        : [],
    );
  return [
    ...named("cosign", listAt(located, ["trust", "keys"]), true),
    ...named("cosign", listAt(located, ["trust", "identities"])),
    ...named("notation", notationIn(located)),
    ...named("binauthz", attestorsIn(located)),
  ];
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

/** Whoever needs a Sigstore names it, unless there is only one: the certificates of one instance say nothing about the users of another. */
function sigstoreProblems(located: Located, keys: readonly Entry[], identities: readonly Entry[]): readonly Problem[] {
  const instances = listAt(located, ["trust", "sigstore"]);
  const names = instances.flatMap(({ fields: { name } }) => (typeof name === "string" ? [name] : []));
  const logged = keys.filter(({ fields }) => fields["transparencyLog"] === "required");
  return [
    ...repeated(located, instances, "name", "Sigstore"),
    ...instances.flatMap((instance) => rootProblems(located, instance)),
    ...[...identities, ...logged].flatMap((signer) => namingProblems(located, signer, instances.length, names)),
    ...keys
      .filter((key) => !logged.includes(key) && key.fields["sigstore"] !== undefined)
      .map(({ path }) => ({
        place: located.place([...path, "sigstore"]),
        message: "no log is required of the key, so the Sigstore decides nothing",
        mend: "write transparencyLog: required, or leave sigstore out",
      })),
  ];
}

function rootProblems(located: Located, { fields: { root, mirror }, path }: Entry): readonly Problem[] {
  if ((root === undefined) !== (mirror === undefined)) return [];
  return [{ place: located.place(path), message: "a Sigstore needs its trusted root from one place", mend: "write either root or mirror" }];
}

function namingProblems(
  located: Located,
  { fields: { sigstore }, path }: Entry,
  instances: number,
  names: readonly string[],
): readonly Problem[] {
  if (typeof sigstore === "string") {
    if (names.includes(sigstore)) return [];
    return [
      {
        place: located.place([...path, "sigstore"]),
        message: `${quote(sigstore)} is no Sigstore of this policy`,
        mend: suggest(sigstore, names),
      },
    ];
  }
  if (instances === 1 || sigstore !== undefined) return [];
  const message = instances === 0 ? "no Sigstore is trusted that could vouch for it" : "several Sigstores are trusted, and it names none";
  const mend =
    instances === 0
      ? "add trust.sigstore: [{ name: own, root: the trusted_root.json of the instance }]"
      : `write sigstore: and one of ${names.join(", ")}`;
  return [{ place: located.place(path), message, mend }];
}

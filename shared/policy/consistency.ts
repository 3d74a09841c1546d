import { quote } from "../domain/parse-error.ts";
import { type Fields, isFields, listAt, repeated, valueAt } from "./entries.ts";
import { nearest } from "./nearest.ts";
import type { Located, Path } from "./place.ts";
import type { Problem } from "./policy-error.ts";
import { signatureProblems } from "./rules/signature-consistency.ts";
import { type NamedSigner, signersIn, trustProblems } from "./trust/consistency.ts";

/**
 * What the parts of a policy demand of each other. Looks at the plain values, so that it can speak also where the schema has refused something:
 * all problems of a file are told at once. `root`: the policy itself, where the file is one that it includes; signers are named there only.
 */
export function inconsistencies(located: Located, root: Located): readonly Problem[] {
  const rules = listAt(located, ["rules"]);
  const teams = listAt(located, ["teams"]);
  const signers = signersIn(root);
  return [
    ...repeated(located, rules, "id", "rule"),
    ...repeated(located, teams, "name", "team"),
    ...trustProblems(located),
    ...rules.flatMap(({ fields, path }) => ruleProblems(located, fields, path, signers)),
    ...vexProblems(located, signers.filter(signsStatements)),
  ];
}

function ruleProblems(located: Located, rule: Fields, path: Path, signers: readonly NamedSigner[]): readonly Problem[] {
  const problems: Problem[] = [];
  const holdsLater = isFields(rule["whenUnknown"]);
  if ((rule["whenUnknown"] === "hold" || holdsLater) && (rule["level"] === "warn" || rule["level"] === "audit")) {
    problems.push({
      place: located.place([...path, "whenUnknown"]),
      message: `a rule of level ${rule["level"]} holds nothing`,
      mend: "write level: enforce, or leave whenUnknown out",
    });
  }
  if (rule["enforceFrom"] !== undefined && (rule["level"] === "warn" || rule["level"] === "audit")) {
    problems.push({
      place: located.place([...path, "enforceFrom"]),
      message: `a rule of level ${rule["level"]} is never enforced`,
      mend: "write level: enforce, or leave enforceFrom out",
    });
  }
  problems.push(...nothingAsked(located, rule, path));
  if (rule["rule"] === "signature-required") problems.push(...askingProblems(located, rule, path, signers));
  if (ON_STATEMENTS.includes(rule["rule"]) && rule["allowUnverified"] !== true)
    problems.push(...askingProblems(located, rule, path, signers.filter(signsStatements)));
  return problems;
}

// Rules that ask for nothing unless one of these fields is set.
const ASKS: Readonly<Record<string, readonly string[]>> = {
  configuration: "notRoot ports noSecretsInEnv noAddFromUrl labels healthcheck noSystemVolumes noSetuid reportedAtLeast".split(" "),
  licence: ["deny", "allow"],
  "platform-required": ["required", "allowed"],
  "tag-rules": ["allow", "deny", "semver", "required"],
};

/** A rule that every image satisfies is a mistake, and a dangerous one. */
function nothingAsked(located: Located, rule: Fields, path: Path): readonly Problem[] {
  const kind = rule["rule"];
  const fields = typeof kind === "string" && Object.hasOwn(ASKS, kind) ? ASKS[kind] : undefined;
  if (fields === undefined || fields.some((field) => rule[field] !== undefined && rule[field] !== false)) return [];
  return [
    {
      place: located.place([...path, "rule"]),
      message: "the rule asks for nothing, so every image would satisfy it",
      mend: `set one of ${fields.join(", ")}`,
    },
  ];
}

// Rules that only somebody can satisfy who is trusted and signs statements, as cosign does.
const ON_STATEMENTS: readonly unknown[] = ["attestation-required", "provenance", "verification-summary"];

function askingProblems(located: Located, rule: Fields, path: Path, signers: readonly NamedSigner[]): readonly Problem[] {
  const { signers: named, rule: kind } = rule;
  if (signers.length === 0)
    return [
      {
        place: located.place([...path, "rule"]),
        message: "nobody is trusted, so no image could satisfy this rule",
        mend: "name a key under trust.keys, or an identity under trust.identities",
      },
    ];
  const unknown = Array.isArray(named) ? unknownSigners(located, named, [...path, "signers"], signers) : [];
  const verifiers: readonly unknown[] = Array.isArray(rule["verifiers"]) ? rule["verifiers"] : [];
  const forVerifiers = verifiers.flatMap((verifier, index) =>
    isFields(verifier) && Array.isArray(verifier["signers"])
      ? unknownSigners(located, verifier["signers"], [...path, "verifiers", index, "signers"], signers)
      : [],
  );
  if (unknown.length > 0 || kind !== "signature-required") return [...unknown, ...forVerifiers];
  return signatureProblems(located, rule, path, Array.isArray(named) ? signers.filter(({ name }) => named.includes(name)) : signers);
}

function unknownSigners(located: Located, named: readonly unknown[], path: Path, signers: readonly NamedSigner[]): readonly Problem[] {
  const names = signers.map(({ name }) => name);
  return named.flatMap((each: unknown, index) => {
    if (typeof each !== "string" || names.includes(each)) return [];
    const meant = nearest(each, names);
    return [
      {
        place: located.place([...path, index]),
        message: `${quote(each)} is nobody who could sign this`,
        mend: meant === undefined ? "name it under trust.keys or trust.identities" : `did you mean ${quote(meant)}?`,
      },
    ];
  });
}

function signsStatements({ format }: NamedSigner): boolean {
  return format === "cosign";
}

/** A name that nobody has trusts nobody, which shows only when a statement is missed. */
function vexProblems(located: Located, signers: readonly NamedSigner[]): readonly Problem[] {
  const trusted = valueAt(located.data, ["findings", "trustVex"]);
  if (!Array.isArray(trusted)) return [];
  const path = ["findings", "trustVex"];
  const isSigner = (name: unknown): boolean => typeof name !== "string" || !name.startsWith("author:");
  return trusted.flatMap((name: unknown, index) =>
    isSigner(name)
      ? unknownSigners(located, [name], path, signers).map((problem) => ({ ...problem, place: located.place([...path, index]) }))
      : [],
  );
}

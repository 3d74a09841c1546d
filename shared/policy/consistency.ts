import { quote } from "../domain/parse-error.ts";
import { type Fields, isFields, listAt, repeated } from "./entries.ts";
import { nearest } from "./nearest.ts";
import type { Located, Path } from "./place.ts";
import type { Problem } from "./policy-error.ts";
import { signerNames, trustProblems } from "./trust/consistency.ts";

/**
 * What the parts of a policy demand of each other. Looks at the plain values, so that it can speak also where the schema has refused something:
 * all problems of a file are told at once. `root`: the policy itself, where the file is one that it includes; signers are named there only.
 */
export function inconsistencies(located: Located, root: Located): readonly Problem[] {
  const rules = listAt(located, ["rules"]);
  const teams = listAt(located, ["teams"]);
  const names = signerNames(root);
  return [
    ...repeated(located, rules, "id", "rule"),
    ...repeated(located, teams, "name", "team"),
    ...trustProblems(located),
    ...rules.flatMap(({ fields, path }) => ruleProblems(located, fields, path, names)),
  ];
}

function ruleProblems(located: Located, rule: Fields, path: Path, names: readonly string[]): readonly Problem[] {
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
  if (NEEDS_SIGNERS.includes(rule["rule"]) && rule["allowUnverified"] !== true)
    problems.push(...signerProblems(located, rule["signers"], path, names));
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

// Rules that only somebody who is trusted can satisfy.
const NEEDS_SIGNERS: readonly unknown[] = ["signature-required", "attestation-required", "provenance"];

function signerProblems(located: Located, signers: unknown, path: Path, names: readonly string[]): readonly Problem[] {
  if (names.length === 0)
    return [
      {
        place: located.place([...path, "rule"]),
        message: "nobody is trusted, so no image could satisfy this rule",
        mend: "name a key under trust.keys, or an identity under trust.identities",
      },
    ];
  if (!Array.isArray(signers)) return [];
  return signers.flatMap((key: unknown, index) => {
    if (typeof key !== "string" || names.includes(key)) return [];
    const meant = nearest(key, names);
    return [
      {
        place: located.place([...path, "signers", index]),
        message: `${quote(key)} is no key and no identity of this policy`,
        mend: meant === undefined ? "name it under trust.keys or trust.identities" : `did you mean ${quote(meant)}?`,
      },
    ];
  });
}

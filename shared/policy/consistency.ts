import { quote } from "../domain/parse-error.ts";
import { nearest } from "./nearest.ts";
import type { Located, Path } from "./place.ts";
import type { Problem } from "./policy-error.ts";
import { pemProblem } from "./trust.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * What the parts of a policy demand of each other. Looks at the plain values, so that it can speak also where the schema has refused something:
 * all problems of a file are told at once. `root`: the policy itself, where the file is one that it includes; keys are named there only.
 */
export function inconsistencies(located: Located, root: Located): readonly Problem[] {
  const keys = listAt(located, ["trust", "keys"]);
  const rules = listAt(located, ["rules"]);
  const teams = listAt(located, ["teams"]);
  const names = listAt(root, ["trust", "keys"]).flatMap(({ fields }) => (typeof fields["name"] === "string" ? [fields["name"]] : []));
  return [
    ...repeated(located, keys, "name", "key"),
    ...repeated(located, rules, "id", "rule"),
    ...repeated(located, teams, "name", "team"),
    ...keys.flatMap(({ fields, path }) => keySourceProblems(located, fields, path)),
    ...rules.flatMap(({ fields, path }) => ruleProblems(located, fields, path, names)),
  ];
}

interface Entry {
  readonly fields: Fields;
  readonly path: Path;
}

function listAt({ data }: Located, path: readonly string[]): readonly Entry[] {
  const list = path.reduce<unknown>((value, key) => (isFields(value) ? value[key] : undefined), data);
  return Array.isArray(list)
    ? list.flatMap((fields: unknown, index) => (isFields(fields) ? [{ fields, path: [...path, index] }] : []))
    : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function repeated(located: Located, entries: readonly Entry[], field: string, noun: string): readonly Problem[] {
  const seen = new Set<unknown>();
  return entries.flatMap(({ fields, path }) => {
    const value = fields[field];
    if (typeof value !== "string" || !seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [
      { place: located.place([...path, field]), message: `there is another ${noun} ${quote(value)} above`, mend: "give each its own name" },
    ];
  });
}

function keySourceProblems(located: Located, { file, pem }: Fields, path: Path): readonly Problem[] {
  if ((file === undefined) === (pem === undefined)) {
    return [{ place: located.place(path), message: "a key needs its text from one place", mend: "write either file or pem" }];
  }
  const problem = typeof pem === "string" ? pemProblem(pem) : undefined;
  return problem === undefined ? [] : [{ place: located.place([...path, "pem"]), ...problem }];
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
  if (NEEDS_KEYS.includes(rule["rule"]) && rule["allowUnverified"] !== true)
    problems.push(...signerProblems(located, rule["keys"], path, names));
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

// Rules that only a trusted key can satisfy.
const NEEDS_KEYS: readonly unknown[] = ["signature-required", "attestation-required", "provenance"];

function signerProblems(located: Located, keys: unknown, path: Path, names: readonly string[]): readonly Problem[] {
  if (names.length === 0)
    return [
      {
        place: located.place([...path, "rule"]),
        message: "no key is trusted, so no image could satisfy this rule",
        mend: "name a public key under trust.keys",
      },
    ];
  if (!Array.isArray(keys)) return [];
  return keys.flatMap((key: unknown, index) => {
    if (typeof key !== "string" || names.includes(key)) return [];
    const meant = nearest(key, names);
    return [
      {
        place: located.place([...path, "keys", index]),
        message: `${quote(key)} is no key of this policy`,
        mend: meant === undefined ? "name it under trust.keys" : `did you mean ${quote(meant)}?`,
      },
    ];
  });
}

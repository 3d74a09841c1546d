import type * as z from "zod";
import { quote } from "../domain/parse-error.ts";
import { suggest } from "./nearest.ts";
import type { Located, Path } from "./place.ts";
import type { Problem } from "./policy-error.ts";

type Issue = z.core.$ZodIssue;

/** The schema's complaints as sentences with places. See `closed` in `field.ts` for what the error texts mean. */
export function problemsOf(issues: readonly Issue[], located: Located, around: Path = []): readonly Problem[] {
  return issues.flatMap((issue) => {
    const path = [...around, ...issue.path];
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, issue.message.split(" "), located, path));
    if (issue.code === "invalid_union" && issue.errors.length > 0) return problemsOf(closestBranch(issue.errors), located, path);
    return [{ place: located.place(path), ...describe(issue, path, valueAt(located.data, path)) }];
  });
}

function unknownKey(key: string, known: readonly string[], located: Located, path: Path): Problem {
  return { place: located.keyPlace([...path, key]), message: `unknown key ${quote(key)}`, mend: suggest(key, known) };
}

// Text or list of texts, word or keys: the branch whose own type fits tells what is wrong inside.
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const inside = branches.find((issues) => issues.every((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys"));
  return (
    inside ??
    branches.find((issues) => !issues.some((issue) => issue.code === "invalid_type" && issue.path.length === 0)) ??
    branches[0] ??
    []
  );
}

function describe(issue: Issue, path: Path, value: unknown): Pick<Problem, "message" | "mend"> {
  const field = String(path.findLast((part) => typeof part === "string") ?? "the file");
  if (value === undefined) return { message: `${quote(field)} is missing`, mend: expected(issue) };
  switch (issue.code) {
    case "invalid_type":
      return { message: `${quote(field)} is ${typeOf(value)}`, mend: expected(issue) };
    case "invalid_value":
      return { message: `${show(value)} is not known for ${quote(field)}`, mend: suggest(wordOf(value), issue.values.map(String)) };
    case "invalid_union":
      return { message: `${show(value)} is not known for ${quote(field)}`, mend: suggest(wordOf(value), optionsOf(issue)) };
    default:
      return { message: `${show(value)} does not fit ${quote(field)}`, mend: issue.message };
  }
}

function expected(issue: Issue): string {
  if (issue.code === "invalid_value") return `write ${issue.values.map(String).join(", ")}`;
  if (issue.code === "invalid_union") return `write one of ${optionsOf(issue).join(", ")}`;
  if (issue.code !== "invalid_type") return issue.message;
  return issue.expected === "string"
    ? 'write text; put quotes around what YAML takes for something else ("1.0")'
    : `write ${WORDS[issue.expected] ?? issue.expected}`;
}

function optionsOf(issue: z.core.$ZodIssueInvalidUnion): readonly string[] {
  return "options" in issue ? (issue.options ?? []).map(String) : [];
}

const WORDS: Readonly<Record<string, string>> = {
  object: "keys and values below it",
  array: "a list",
  boolean: "true or false",
  number: "a number",
};

function typeOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a group of keys" : `${show(value)} (${typeof value === "string" ? "text" : typeof value})`;
}

function show(value: unknown): string {
  return typeof value === "object" ? typeOf(value) : quote(wordOf(value));
}

/** A scalar as one would write it. */
function wordOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === "object" && value !== null && Object.hasOwn(value, part) ? Reflect.get(value, part) : undefined),
    data,
  );
}

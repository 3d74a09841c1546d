import type * as z from "zod";
import type { Mode, PolicyId } from "../domain/verdict.ts";
import { inconsistencies } from "./consistency.ts";
import type { FindingSettings } from "./finding-settings.ts";
import { readYaml } from "./place.ts";
import { PolicyError, type Problem } from "./policy-error.ts";
import { problemsOf } from "./problem.ts";
import type { rules } from "./rules/table.ts";
import { POLICY_DOCUMENT } from "./schema.ts";
import type { PolicyKey } from "./trust.ts";

type Document = z.output<typeof POLICY_DOCUMENT>;

export type RuleKind = keyof typeof rules;
export type RuleParams = { readonly [Kind in RuleKind]: z.output<(typeof rules)[Kind]["entry"]> };

/** One rule as written, with the line that it stands in (`policy.yaml:18`). */
export type PolicyRule<Kind extends RuleKind = RuleKind> = {
  [Each in Kind]: RuleParams[Each] & { readonly rule: Each; readonly place: string };
}[Kind];

/** A policy that was read whole. Plain data. */
export interface Policy {
  readonly id: PolicyId;
  /** The name under which the file was given; stands in the places. */
  readonly file: string;
  readonly mode: Mode;
  readonly trust: { readonly keys: readonly PolicyKey[] };
  readonly findings: FindingSettings;
  readonly rules: readonly PolicyRule[];
}

/**
 * Reads a policy file. `version`: the first 12 hex digits of the SHA-256 of its bytes. Every problem of the file is reported at once; a file
 * with a problem gives no policy.
 * @throws PolicyError
 */
export function parsePolicy(text: string, file: string, version: string): Policy {
  const located = readYaml(text, file);
  const read = POLICY_DOCUMENT.safeParse(located.data);
  const problems = [...problemsOf(read.error?.issues ?? [], located), ...inconsistencies(located)];
  if (!read.success || problems.length > 0) throw new PolicyError(problems.sort(byPlace));
  const { metadata, mode, trust, findings } = read.data;
  return {
    id: { name: metadata.name, version },
    file,
    mode,
    trust: { keys: trust.keys.map(readKey) },
    findings,
    rules: read.data.rules.map((rule, index) => ({ ...rule, place: lineOf(located.place(["rules", index])) })),
  };
}

function readKey({ name, file, pem, hash }: Document["trust"]["keys"][number]): PolicyKey {
  return { name, hash, source: pem === undefined ? { kind: "file", path: file ?? "" } : { kind: "pem", pem } };
}

function lineOf(place: string): string {
  return place.slice(0, place.lastIndexOf(":"));
}

function byPlace(a: Problem, b: Problem): number {
  const [lineA, columnA] = position(a.place);
  const [lineB, columnB] = position(b.place);
  return lineA - lineB || columnA - columnB;
}

function position(place: string): readonly [number, number] {
  const [column, line] = place.split(":").reverse().map(Number);
  return [line ?? 0, column ?? 0];
}

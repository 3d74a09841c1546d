import type * as z from "zod";
import type { Mode, PolicyId } from "../domain/verdict.ts";
import { inconsistencies } from "./consistency.ts";
import { crossProblems } from "./cross-consistency.ts";
import type { EnforcementSettings } from "./enforcement/settings.ts";
import { READ_ONCE } from "./field.ts";
import type { FindingSettings } from "./findings/settings.ts";
import type { Team } from "./fit.ts";
import { type Layer, rankOf } from "./layer.ts";
import { type Located, readYaml } from "./place.ts";
import { PolicyError, type Problem } from "./policy-error.ts";
import { problemsOf } from "./problem.ts";
import type { rules } from "./rules/table.ts";
import { LAYER_DOCUMENT, POLICY_DOCUMENT } from "./schema.ts";
import { readTrust } from "./trust/read.ts";
import type { PolicyTrust } from "./trust/trust.ts";
import { readWaivers, WAIVERS_DOCUMENT } from "./waivers/document.ts";
import type { WaiverSettings } from "./waivers/settings.ts";
import type { Waiver } from "./waivers/waiver.ts";

type Document = z.output<typeof POLICY_DOCUMENT>;

export type RuleKind = keyof typeof rules;
export type RuleParams = { readonly [Kind in RuleKind]: z.output<(typeof rules)[Kind]["entry"]> };

/** One rule as written, with the line that it stands in (`policy.yaml:18`). `layer`: the file with a scope that it stands in. */
export type PolicyRule<Kind extends RuleKind = RuleKind> = {
  [Each in Kind]: RuleParams[Each] & { readonly rule: Each; readonly place: string; readonly layer?: Layer };
}[Kind];

/** A policy that was read whole, with everything that it includes. Plain data. */
export interface Policy {
  readonly id: PolicyId;
  /** The name under which the file was given; stands in the places. */
  readonly file: string;
  readonly mode: Mode;
  readonly trust: PolicyTrust;
  readonly findings: FindingSettings;
  readonly teams: readonly Team[];
  /** The files with a scope. */
  readonly layers: readonly Layer[];
  /** Of all files. An id may stand in several; see `rulesFor`. */
  readonly rules: readonly PolicyRule[];
  readonly enforcement: EnforcementSettings;
  readonly waiverSettings: WaiverSettings;
  readonly waivers: readonly Waiver[];
}

export interface PolicyText {
  readonly text: string;
  /** The name that stands in places. */
  readonly file: string;
}

/**
 * Reads a policy file. `version`: the first 12 hex digits of the SHA-256 of its bytes. Every problem of the file is reported at once; a file
 * with a problem gives no policy.
 * @throws PolicyError
 */
export function parsePolicy(text: string, file: string, version: string): Policy {
  return parsePolicySet({ text, file }, [], version);
}

/**
 * The same with the files that it includes: those of kind Policy with a scope, those of kind Waivers. `version` covers all of them.
 * @throws PolicyError
 */
export function parsePolicySet(root: PolicyText, included: readonly PolicyText[], version: string): Policy {
  const own = readRoot(root);
  const others = included.map((each) => readIncluded(each, own.located));
  const problems = [...own.problems, ...others.flatMap((each) => each.problems)];
  if (own.document === undefined || problems.length > 0) throw new PolicyError(problems);
  const crossing = crossProblems({ located: own.located, document: own.document }, others);
  if (crossing.length > 0) throw new PolicyError(crossing);
  return assemble(root.file, own.document, own.located, others, version);
}

/** What a policy file includes, in the order of the file. @throws PolicyError where it is no policy. */
export function includesOf({ text, file }: PolicyText): readonly string[] {
  const { document, problems } = readRoot({ text, file });
  if (document === undefined) throw new PolicyError(problems);
  return document.include;
}

interface Root {
  readonly located: Located;
  readonly problems: readonly Problem[];
  readonly document: Document | undefined;
}

function readRoot({ text, file }: PolicyText): Root {
  const located = readYaml(text, file);
  const read = POLICY_DOCUMENT.safeParse(located.data, READ_ONCE);
  const problems = [...problemsOf(read.error?.issues ?? [], located), ...inconsistencies(located, located)];
  return { located, problems: problems.sort(byPlace), document: read.data };
}

export type Included = { readonly file: string; readonly located: Located; readonly problems: readonly Problem[] } & (
  | { readonly kind: "layer"; readonly document: z.output<typeof LAYER_DOCUMENT> }
  | { readonly kind: "waivers"; readonly document: z.output<typeof WAIVERS_DOCUMENT> }
  | { readonly kind: "broken" }
);

function readIncluded({ text, file }: PolicyText, root: Located): Included {
  const located = readYaml(text, file);
  const isWaivers = typeof located.data === "object" && located.data !== null && Reflect.get(located.data, "kind") === "Waivers";
  if (isWaivers) {
    const read = WAIVERS_DOCUMENT.safeParse(located.data, READ_ONCE);
    const problems = problemsOf(read.error?.issues ?? [], located);
    return read.success ? { kind: "waivers", file, located, problems, document: read.data } : { kind: "broken", file, located, problems };
  }
  const read = LAYER_DOCUMENT.safeParse(located.data, READ_ONCE);
  const problems = [...problemsOf(read.error?.issues ?? [], located), ...inconsistencies(located, root)].sort(byPlace);
  return read.success ? { kind: "layer", file, located, problems, document: read.data } : { kind: "broken", file, located, problems };
}

function assemble(file: string, document: Document, located: Located, others: readonly Included[], version: string): Policy {
  const { metadata, mode, trust, findings, teams, enforcement, waivers } = document;
  const layers = others.flatMap((each) =>
    each.kind === "layer" ? [{ layer: layerOf(each), rules: rulesOf(each.document.rules, each.located) }] : [],
  );
  return {
    id: { name: metadata.name, version },
    file,
    mode,
    trust: readTrust(trust),
    findings,
    teams,
    layers: layers.map(({ layer }) => layer),
    rules: [...rulesOf(document.rules, located), ...layers.flatMap(({ layer, rules: own }) => own.map((rule) => ({ ...rule, layer })))],
    enforcement,
    waiverSettings: waivers,
    waivers: others.flatMap((each) => (each.kind === "waivers" ? readWaivers(each.document.waivers, each.located) : [])),
  };
}

function layerOf({ file, document: { metadata, scope } }: Extract<Included, { readonly kind: "layer" }>): Layer {
  return { file, name: metadata.name, rank: rankOf(scope), scope };
}

function rulesOf(written: Document["rules"], located: Located): readonly PolicyRule[] {
  return written.map((rule, index) => ({ ...rule, place: lineOf(located.place(["rules", index])) }));
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

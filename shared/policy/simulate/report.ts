import { type Instant, printInstant } from "../../domain/time.ts";
import type { Usage } from "../../domain/usage.ts";
import type { Mode, VerdictKind } from "../../domain/verdict.ts";
import type { Policy } from "../document.ts";
import { labelsOf, teamsOf } from "../fit.ts";
import { compare, type Difference, type Effect, isSwitchedOn, type KnownImage, type Setup } from "./simulate.ts";

export type Verdicts = Readonly<Record<VerdictKind, number>>;

/** How many images of a repository or team are touched. */
export interface Touched {
  readonly name: string;
  readonly images: number;
  readonly newlyHeld: number;
  readonly newlyFree: number;
  readonly otherVerdict: number;
}

export interface TouchedByRule {
  readonly ruleId: string;
  /** `policy.yaml:18` in the new policy, in the old one where the new one has no such rule. */
  readonly place: string;
  /** Images that it speaks against. */
  readonly before: number;
  readonly after: number;
  /** Images that the change holds, and that this rule is one reason for. */
  readonly newlyHeld: number;
}

/** What a change of policy would do to everything that is known. All of it is JSON; texts are not escaped yet. */
export interface SimulationReport {
  readonly before: ComparedPolicy;
  readonly after: ComparedPolicy;
  readonly asOf: string;
  readonly images: number;
  /** Of those that are newly held: how many run, were pulled lately, run nowhere, and of how many nobody knows. */
  readonly use: Readonly<Record<Usage["kind"], number>>;
  readonly effects: Readonly<Record<Effect, number>>;
  readonly verdicts: { readonly before: Verdicts; readonly after: Verdicts };
  /** dry-run before, enforce after: everything that is held then is newly held. */
  readonly switchesOn: boolean;
  readonly untriedSigners: readonly string[];
  readonly rules: readonly TouchedByRule[];
  readonly repositories: readonly Touched[];
  /** By the teams of the new policy; where it names none, by the first path part of the repository. */
  readonly teams: readonly Touched[];
  /** The first 100 of each effect but `same` and `other-reasons`, in the order of registry, repository, digest. */
  readonly differences: readonly Difference[];
}

export interface ComparedPolicy {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly mode: Mode;
}

export interface Simulation {
  add(known: KnownImage): void;
  report(): SimulationReport;
}

const MOST_LISTED = 100;
const NO_TEAM = "no team";
const LISTED: readonly Effect[] = ["newly-held", "newly-free", "other-verdict"];

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Takes images one by one and keeps counts: memory grows with rules and repositories, not with images. */
export function startSimulation(setup: Setup): Simulation {
  const effects: Record<Effect, number> = { "newly-held": 0, "newly-free": 0, "other-verdict": 0, "other-reasons": 0, same: 0 };
  const verdicts = { before: noVerdicts(), after: noVerdicts() };
  const use: Record<Usage["kind"], number> = { running: 0, pulled: 0, "not-running": 0, unknown: 0 };
  const rules = new Map(rulesOf(setup).map(([ruleId, place]) => [ruleId, { ruleId, place, before: 0, after: 0, newlyHeld: 0 }]));
  const repositories = new Map<string, Mutable<Touched>>();
  const teams = new Map<string, Mutable<Touched>>();
  const listed = new Map<Effect, Difference[]>(LISTED.map((effect) => [effect, []]));
  return {
    add(known) {
      const difference = compare(setup, known);
      const { effect, before, after, image } = difference;
      effects[effect] += 1;
      if (effect === "newly-held") use[difference.use] += 1;
      verdicts.before[before.verdict] += 1;
      verdicts.after[after.verdict] += 1;
      countRules(rules, difference);
      count(repositories, `${image.registry}/${image.repository}`, effect);
      for (const team of teamNames(setup.after, known)) count(teams, team, effect);
      const list = listed.get(effect);
      if (list !== undefined && list.length < MOST_LISTED) list.push(difference);
    },
    report: () => ({
      ...headOf(setup),
      images: Object.values(effects).reduce((sum, each) => sum + each, 0),
      use,
      effects,
      verdicts,
      rules: [...rules.values()]
        .filter(({ before, after }) => before + after > 0)
        .sort((a, b) => b.newlyHeld - a.newlyHeld || b.after - a.after),
      repositories: mostTouched(repositories),
      teams: mostTouched(teams),
      differences: LISTED.flatMap((effect) => listed.get(effect) ?? []),
    }),
  };
}

function headOf({
  before,
  after,
  now,
  untriedSigners = [],
}: Setup): Pick<SimulationReport, "before" | "after" | "asOf" | "switchesOn" | "untriedSigners"> {
  return {
    before: policyOf(before),
    after: policyOf(after),
    asOf: printInstant(now satisfies Instant),
    switchesOn: isSwitchedOn(before.mode, after.mode),
    untriedSigners,
  };
}

function policyOf({ id, file, mode }: Policy): ComparedPolicy {
  return { name: id.name, version: id.version, file, mode };
}

function teamNames({ teams }: Policy, { image, tags, evidence }: KnownImage): readonly string[] {
  if (teams.length === 0) return [image.repository.split("/")[0] ?? image.repository];
  const names = teamsOf({ target: { ...image, tags }, labels: labelsOf(evidence), teams });
  return names.length === 0 ? [NO_TEAM] : names;
}

function noVerdicts(): Record<VerdictKind, number> {
  return { compliant: 0, violating: 0, indeterminate: 0 };
}

function rulesOf({ before, after }: Setup): readonly (readonly [string, string])[] {
  return [...before.rules, ...after.rules].map(({ id, place }) => [id, place]);
}

function countRules(rules: ReadonlyMap<string, Mutable<TouchedByRule>>, { effect, before, after }: Difference): void {
  for (const [ruleId, rule] of rules) {
    if (before.rules.includes(ruleId)) rule.before += 1;
    if (after.rules.includes(ruleId)) rule.after += 1;
    if (effect === "newly-held" && after.holding.includes(ruleId)) rule.newlyHeld += 1;
  }
}

function count(counts: Map<string, Mutable<Touched>>, name: string, effect: Effect): void {
  const known = counts.get(name) ?? { name, images: 0, newlyHeld: 0, newlyFree: 0, otherVerdict: 0 };
  known.images += 1;
  if (effect === "newly-held") known.newlyHeld += 1;
  if (effect === "newly-free") known.newlyFree += 1;
  if (effect === "other-verdict") known.otherVerdict += 1;
  counts.set(name, known);
}

function mostTouched(counts: ReadonlyMap<string, Touched>): readonly Touched[] {
  return [...counts.values()]
    .filter(({ newlyHeld, newlyFree, otherVerdict }) => newlyHeld + newlyFree + otherVerdict > 0)
    .sort(
      (a, b) => b.newlyHeld - a.newlyHeld || b.newlyFree - a.newlyFree || b.otherVerdict - a.otherVerdict || (a.name < b.name ? -1 : 1),
    );
}

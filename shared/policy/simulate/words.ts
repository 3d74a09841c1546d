import { shortDigest } from "../../domain/digest.ts";
import type { ComparedPolicy, SimulationReport, Touched, TouchedByRule } from "./report.ts";
import type { Difference } from "./simulate.ts";

/** The sentences and rows that every skin of a simulation shows; texts are not escaped yet. */

export function title({ before, after, asOf }: SimulationReport): string {
  return `${policyName(after)} in place of ${policyName(before)}, as of ${asOf.slice(0, 16).replace("T", " ")}Z`;
}

function policyName({ name, version, mode }: ComparedPolicy): string {
  return `${name}@${version.slice(0, 6)} (${mode})`;
}

/** Decision first. */
export function decision({ images, effects, use }: SimulationReport): string {
  const held = effects["newly-held"];
  if (held === 0) return `Of ${count(images)}, none would be newly held.`;
  const inUse = held - use["not-running"];
  const given =
    inUse === 0
      ? "none of them is in use"
      : `${inUse} of them ${inUse === 1 ? "is" : "are"} or may be in use, and would be given a deadline first`;
  return `Of ${count(images)}, ${held} would be newly held; ${given}.`;
}

/** What has to be known to read the numbers, most important first. */
export function remarks({ after, switchesOn, untriedSigners, use }: SimulationReport): readonly string[] {
  return [
    ...(use.unknown === 0 ? [] : [`Of ${use.unknown} of them nobody knows whether anything runs it: not to know counts as in use.`]),
    ...(switchesOn ? ["The old policy is a dry run and the new one enforces: everything that is held then counts as newly held."] : []),
    ...(after.mode === "dry-run" ? ["The new policy is a dry run: nothing would be held until its mode is enforce."] : []),
    ...(untriedSigners.length === 0
      ? []
      : [`Signatures were examined before ${untriedSigners.join(", ")} was trusted: what they did not satisfy then counts as unknown.`]),
  ];
}

export function effectRows({ effects }: SimulationReport): readonly (readonly [symbol: string, count: number, words: string])[] {
  return [
    ["x", effects["newly-held"], "newly held"],
    ["+", effects["newly-free"], "no longer held"],
    ["?", effects["other-verdict"], "another verdict, nothing held or released"],
    ["~", effects["other-reasons"], "the same verdict for other reasons"],
    [".", effects.same, "unchanged"],
  ];
}

export function verdictRows({ verdicts }: SimulationReport): readonly (readonly string[])[] {
  const kinds = ["violating", "indeterminate", "compliant"] as const;
  return [["verdict", "before", "after"], ...kinds.map((kind) => [kind, String(verdicts.before[kind]), String(verdicts.after[kind])])];
}

export function ruleRows(rules: readonly TouchedByRule[]): readonly (readonly string[])[] {
  return [
    ["rule", "newly held", "speaks before", "after", "place"],
    ...rules.map(({ ruleId, newlyHeld, before, after, place }) => [ruleId, String(newlyHeld), String(before), String(after), place]),
  ];
}

export function touchedRows(noun: string, touched: readonly Touched[]): readonly (readonly string[])[] {
  return [
    [noun, "newly held", "no longer held", "other verdict", "images"],
    ...touched.map(({ name, newlyHeld, newlyFree, otherVerdict, images }) => [
      name,
      String(newlyHeld),
      String(newlyFree),
      String(otherVerdict),
      String(images),
    ]),
  ];
}

/** By its first tag, as people know it; by digest where it has none. */
export function nameOf({ image: { registry, repository, digest, tags } }: Difference): string {
  return tags[0] === undefined ? `${registry}/${repository}@${shortDigest(digest)}` : `${registry}/${repository}:${tags[0]}`;
}

const EFFECTS: Readonly<Record<Difference["effect"], readonly [symbol: string, words: string]>> = {
  "newly-held": ["x", "newly held"],
  "newly-free": ["+", "no longer held"],
  "other-verdict": ["?", "other verdict"],
  "other-reasons": ["~", "other reasons"],
  same: [".", "unchanged"],
};

export function effectMark({ effect }: Difference): readonly [symbol: string, words: string] {
  return EFFECTS[effect];
}

function count(images: number): string {
  return images === 1 ? "1 image" : `${images} images`;
}

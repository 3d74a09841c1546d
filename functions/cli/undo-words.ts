import type * as z from "zod";
import type { LeftActionView, UndoPlanView, UndoStepView, UndoView } from "../../shared/web/api/schema-undo.ts";
import type { Flags } from "./flags.ts";
import { sameGate } from "./gate.ts";

export type PlanJson = z.output<typeof UndoPlanView>;
export type UndoJson = z.output<typeof UndoView>;
type StepJson = z.output<typeof UndoStepView>;
type LeftJson = z.output<typeof LeftActionView>;

/** More lines than this nobody reads; --json has all of them. */
const SHOWN = 200;
const DO = { hold: "hold again", release: "release", retag: "put tags back" } as const;

/** Read before it is done: what is taken back and in which order, what is not and why. */
export function planWords({ scope, steps, left, remarks }: PlanJson): string {
  return [
    `  PLAN       undo ${scope}: ${counted(steps.length, "step")}, ${counted(left.length, "action")} not taken back`,
    ...shown(steps, (step, place) => stepWords(step, `${place + 1}. ${DO[step.verb]}`)),
    ...leftWords(left),
    ...remarks.map((remark) => `  Note       ${remark}`),
  ].join("\n");
}

function stepWords({ image, tags, changes, notes }: StepJson, what: string): readonly string[] {
  const moved = changes?.map(({ tag, from, to }) => `${tag}: ${short(from)} -> ${short(to)}`) ?? [];
  const named = tags.length === 0 ? "" : `  (${tags.join(", ")})`;
  return [`    ${what}  ${image}${named}`, ...[...moved, ...notes].map((note) => `         ${note}`)];
}

function short(digest: string): string {
  return digest === "absent" ? "nothing" : digest.slice(0, 19);
}

function leftWords(left: readonly LeftJson[]): readonly string[] {
  const kinds = { cannot: "CANNOT", left: "LEFT" } as const;
  return (["cannot", "left"] as const).flatMap((kind) => {
    const some = left.filter((each) => each.kind === kind);
    if (some.length === 0) return [];
    const heading = kind === "cannot" ? "past taking back" : "decided otherwise since, or nothing to take back";
    return [
      `  ${kinds[kind].padEnd(10)} ${counted(some.length, "action")}: ${heading}`,
      ...shown(some, ({ action, why }) => [`    ${action}`, `         ${why}`]),
    ];
  });
}

function shown<T>(items: readonly T[], words: (item: T, place: number) => readonly string[]): readonly string[] {
  const more = items.length - SHOWN;
  return [...items.slice(0, SHOWN).flatMap(words), ...(more > 0 ? [`    and ${more} more: add --json`] : [])];
}

/** Read at the end: what was done, what failed, what was left. */
export function reportWords({ id, scope, counts, steps, left, undo, endedAt }: UndoJson, flags: Flags): string {
  const { waiting, done, failed } = counts;
  const open = endedAt === undefined ? [`  Next       moorgate undo ${id} --report${sameGate(flags)}`] : [];
  return [
    `  ${(endedAt === undefined ? "UNDOING" : "UNDONE").padEnd(10)} ${scope}: ${done} done, ${failed} failed, ${counts.left + left.length} left${waiting === 0 ? "" : `, ${waiting} wait`}`,
    ...shown(steps, resultWords),
    ...leftWords(left),
    ...open,
    ...(done === 0 ? [] : [`  Undo       ${undo} --reason "..."${sameGate(flags)}`]),
  ].join("\n");
}

function resultWords(step: StepJson): readonly string[] {
  const { verb, image, tags, result } = step;
  const named = `${DO[verb]}  ${image}${tags.length === 0 ? "" : `  (${tags.join(", ")})`}`;
  if (result === undefined) return [`    . waits   ${named}`];
  const notes = result.notes ?? [];
  const symbols = { done: "+ done   ", left: "= left   ", failed: "! failed " } as const;
  return [
    `    ${symbols[result.kind]} ${named}`,
    ...[...(result.why === undefined ? [] : [result.why]), ...notes].map((note) => `              ${note}`),
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

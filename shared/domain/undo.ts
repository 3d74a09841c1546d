import { createHash } from "node:crypto";
import type { Actor, MoveVerb, RetagPurpose, TagChange } from "./action.ts";
import type { ImageKey, Tag } from "./image-ref.ts";
import { type Instant, printInstant } from "./time.ts";

/** What is to be taken back. */
export type UndoScope =
  | { readonly kind: "action"; readonly action: string }
  /** Also `undo-4`: what an undo did is taken back like anything else. */
  | { readonly kind: "run"; readonly run: string }
  /** All that the verdicts of one version asked for. */
  | { readonly kind: "policy"; readonly policy: string }
  /** What ended at or after it. */
  | { readonly kind: "since"; readonly since: Instant };

interface StepFields {
  readonly image: ImageKey;
  /** That the image has, or gets back. */
  readonly tags: readonly Tag[];
  /** Ids, newest first. */
  readonly takesBack: readonly string[];
  /** The newest action of the image when this was planned: where another came since, the step is left. */
  readonly last: string;
  /** What a person should know before: tags that will not come back, what comes back beside. */
  readonly notes: readonly string[];
}

/** One image brought back to how it was before the oldest of the actions that are taken back, or the tags that one action moved. */
export type UndoStep = StepFields &
  (
    | { readonly verb: MoveVerb }
    /** `purpose`: what the change is by itself; absent in what was planned before that was kept, and `restore` then. */
    | { readonly verb: "retag"; readonly changes: readonly TagChange[]; readonly purpose?: RetagPurpose }
  );

/** It takes from those who pull; the others give back. */
export function takesAway(step: UndoStep): boolean {
  return step.verb === "hold" || (step.verb === "retag" && step.purpose === "roll-back");
}

/** `cannot`: it is past taking back. `left`: it could be done, and somebody or something decided otherwise since. */
export const LEFT_KINDS = {
  "image-gone": "cannot",
  "copy-gone": "cannot",
  deleted: "cannot",
  "not-watched": "cannot",
  "nothing-done": "left",
  "under-way": "left",
  "taken-back": "left",
  "as-before": "left",
  "changed-since": "left",
  "tags-moved": "left",
  "decided-since": "left",
} as const satisfies Readonly<Record<string, "cannot" | "left">>;
export type LeftCode = keyof typeof LEFT_KINDS;

/** An action of the scope that is not taken back, and why. */
export interface LeftAction {
  readonly action: string;
  readonly image: ImageKey;
  readonly code: LeftCode;
  readonly why: string;
}

/** All that an undo would do, in its order, and all that it would not. */
export interface UndoPlan {
  readonly kind: "plan";
  readonly scope: UndoScope;
  /** Names exactly this plan: an undo that would do anything else is refused. */
  readonly hash: string;
  readonly steps: readonly UndoStep[];
  readonly left: readonly LeftAction[];
  /** Of the whole: what the policy does afterwards. */
  readonly remarks: readonly string[];
}

export type StepResult =
  /** `action`: the act that took it back. */
  | { readonly kind: "done"; readonly at: Instant; readonly action: string; readonly notes: readonly string[] }
  /** The world changed after the plan; nothing was done. */
  | { readonly kind: "left"; readonly at: Instant; readonly why: string }
  | { readonly kind: "failed"; readonly at: Instant; readonly code: string; readonly why: string };

export type UndoProgress = UndoStep & {
  /** Absent while it waits for its turn. */
  readonly result?: StepResult;
};

/** An undo that was begun. Durable: a crash in the middle leaves it, and it goes on. */
export interface Undo {
  /** `undo-4`; what it does has this as its run. */
  readonly id: string;
  readonly scope: UndoScope;
  readonly actor: Actor;
  /** Hash of the plan that was looked at. */
  readonly plan: string;
  readonly begunAt: Instant;
  /** Absent while a step waits. */
  readonly endedAt?: Instant;
  readonly steps: readonly UndoProgress[];
  readonly left: readonly LeftAction[];
}

/** The same world gives the same hash; a step, a note or a reason more or less gives another. */
export function planHash(scope: UndoScope, steps: readonly UndoStep[], left: readonly LeftAction[]): string {
  const listed = [
    Object.entries(scope),
    steps.map(({ image, verb, takesBack, last, notes }) => [keyOf(image), verb, takesBack, last, notes]),
    left.map(({ action, code }) => [action, code]),
  ];
  return createHash("sha256").update(JSON.stringify(listed)).digest("hex");
}

function keyOf({ registry, repository, digest }: ImageKey): readonly string[] {
  return [registry, repository, digest];
}

/** What is told of an undo: its steps and what became of them, and the actions that its plan did not take back. */
export interface UndoCounts {
  readonly steps: number;
  readonly done: number;
  readonly failed: number;
  readonly left: number;
  readonly notTakenBack: number;
}

export function undoCounts(undo: Pick<Undo, "steps" | "left">): UndoCounts {
  const { done, failed, left } = countSteps(undo);
  return { steps: undo.steps.length, done, failed, left, notTakenBack: undo.left.length };
}

/** How far an undo has come. */
export function countSteps({ steps }: Pick<Undo, "steps">): Readonly<Record<"waiting" | StepResult["kind"], number>> {
  const counts = { waiting: 0, done: 0, left: 0, failed: 0 };
  for (const { result } of steps) counts[result?.kind ?? "waiting"] += 1;
  return counts;
}

export function printScope(scope: UndoScope): string {
  switch (scope.kind) {
    case "action":
      return `action ${scope.action}`;
    case "run":
      return `run ${scope.run}`;
    case "policy":
      return `policy ${scope.policy}`;
    case "since":
      return `everything since ${printInstant(scope.since)}`;
  }
}

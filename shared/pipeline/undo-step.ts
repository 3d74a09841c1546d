import type { Action, Outcome } from "../domain/action.ts";
import type { ImageRecord, StoredAction } from "../domain/image-record.ts";
import { printImageKey } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { StepResult, Undo, UndoStep } from "../domain/undo.ts";
import { refusalOf } from "../enforcement/undo.ts";
import { type Looked, look, weigh } from "./admit.ts";
import { type Attempt, carryOut } from "./carry-out.ts";
import { commitVerdict } from "./commit.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import type { WorkOutcome } from "./outcome.ts";
import type { Prepared, Wish } from "./prepare.ts";
import { carryAll } from "./steps.ts";
import { holding, ordered, reholding, releasing, retagging } from "./wish.ts";

export type Ordered = Pick<Undo, "id" | "actor">;
export type Taken = { readonly kind: "taken"; readonly result: StepResult } | { readonly kind: "later"; readonly outcome: WorkOutcome };

/**
 * Takes one step, or finds that it was taken before a crash. Looks at the image anew: where anything has changed it since the plan, nothing is done.
 * @throws AdapterError
 */
export async function takeStep(deps: GateDeps, undo: Ordered, step: UndoStep, attempt: Attempt): Promise<Taken> {
  const watched = deps.registries.get(step.image.registry);
  if (watched === undefined) return left(deps, `the gate does not watch ${step.image.registry} any more`);
  return deps.locks.run(`image:${printImageKey(step.image)}`, () => take(deps, watched, undo, step, attempt));
}

async function take(deps: GateDeps, watched: WatchedRegistry, undo: Ordered, step: UndoStep, attempt: Attempt): Promise<Taken> {
  const work = { ...step.image, origin: "operator" } as const;
  const looked = await look(deps, watched, step.image, work, attempt);
  if (looked.kind === "stop" && looked.outcome.kind !== "done") return { kind: "later", outcome: looked.outcome };
  // What a crash left open is finished by the look: it may be this very step.
  const actions = await deps.ledger.actions(step.image);
  const own = actions.find(({ action }) => action.cause.run === undo.id && isFor(action, step));
  if (own?.outcome !== undefined) return taken(resultOf(own.action.id, own.outcome));
  if (looked.kind === "stop") return left(deps, "neither its repository nor the quarantine has the image any more");
  const why = changeSince(undo, step, looked.record, actions);
  if (why !== undefined) return left(deps, why);
  const prepared = await prepareStep(deps, watched, undo, step, looked, attempt);
  return prepared === "gone" ? left(deps, "the image left its repository just now") : carry(deps, watched, step, prepared, attempt);
}

/** Tags also come back with the release of their image, which is an earlier step. */
function isFor(action: Action, step: UndoStep): boolean {
  if (action.cause.undoes?.[0] === step.takesBack[0]) return action.verb === step.verb;
  if (step.verb !== "retag" || action.verb !== "retag") return false;
  return step.changes.every(({ tag, to }) => action.changes.some((done) => done.tag === tag && done.to === to));
}

async function prepareStep(
  deps: GateDeps,
  watched: WatchedRegistry,
  { id, actor }: Ordered,
  step: UndoStep,
  looked: Looked,
  attempt: Attempt,
): Promise<Prepared | "gone"> {
  const now = (): Instant => deps.clock.now();
  const weighAs = (wish: Wish): Promise<Prepared | "gone"> =>
    weigh(deps, watched, { ...step.image, origin: "operator" }, looked, wish, attempt);
  // Tags that the policy moved would be moved again: the image is left alone for the reasons known now, like one that is released.
  const asked = await weighAs((step.verb === "hold" ? reholding : releasing)(actor, now));
  // The policy alone would wait until nothing runs it; the person has seen in the plan that something may, and wants it held.
  const isPutOff = step.verb === "hold" && asked !== "gone" && asked.action === undefined && asked.record.deadline !== undefined;
  const weighed = isPutOff ? await weighAs(holding(actor, now)) : asked;
  if (weighed === "gone") return weighed;
  const cause = { run: id, undoes: step.takesBack };
  return step.verb === "retag"
    ? retagging(weighed, step.purpose ?? "restore", step.changes, actor, cause, attempt.now)
    : ordered(weighed, actor, cause);
}

function changeSince(
  { id }: Ordered,
  step: UndoStep,
  record: ImageRecord | undefined,
  actions: readonly StoredAction[],
): string | undefined {
  const newest = actions.find(({ action }) => action.cause.run !== id);
  if (newest?.action.id !== step.last) return `another action came since the plan: ${newest?.action.id ?? "unknown"}`;
  const taken = actions.find(({ action }) => action.id === step.takesBack[0]);
  return step.verb === "retag" || taken === undefined ? undefined : refusalOf(record, taken.action, step.verb)?.[1];
}

async function carry(deps: GateDeps, watched: WatchedRegistry, step: UndoStep, prepared: Prepared, attempt: Attempt): Promise<Taken> {
  const { action, record } = prepared;
  if (action !== undefined && action.verb !== step.verb && prepared.follows !== step.verb)
    return left(deps, `a ${action.verb} has to be done first`);
  if ((await commitVerdict(deps, prepared, attempt.now)) === "conflict")
    return { kind: "later", outcome: { kind: "retry", at: attempt.now, why: "the image changed meanwhile" } };
  if (action === undefined) return left(deps, `the image is ${record.hold.kind} and stays so`);
  if (step.verb === "retag") {
    const retagged = await carryOut(deps, watched, record, action, attempt);
    return retagged.kind === "later" ? retagged : taken(resultOf(action.id, retagged.outcome));
  }
  // Tags that go before a hold or come after a release belong to it.
  const work = { ...record.key, origin: "operator" } as const;
  const carried = await carryAll(deps, watched, work, prepared, attempt, (next) => ordered(next, action.actor, action.cause));
  if (carried.kind === "later") return carried;
  const asked = carried.steps.find((each) => each.action.verb === step.verb);
  return asked === undefined ? left(deps, "its tags were moved first") : taken(resultOf(asked.action.id, asked.outcome));
}

function resultOf(action: string, outcome: Outcome): StepResult {
  const { at } = outcome;
  switch (outcome.kind) {
    case "applied":
      return { kind: "done", at, action, notes: outcome.notes };
    case "superseded":
      return { kind: "left", at, why: outcome.why };
    case "failed":
      return { kind: "failed", at, code: outcome.code, why: outcome.why };
  }
}

function taken(result: StepResult): Taken {
  return { kind: "taken", result };
}

function left({ clock }: Pick<GateDeps, "clock">, why: string): Taken {
  return taken({ kind: "left", at: clock.now(), why });
}

import { undoTold } from "../audit/record.ts";
import type { Actor } from "../domain/action.ts";
import { takesAway, type Undo, type UndoPlan } from "../domain/undo.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Undoing, UndoRequest } from "../ports/operator.ts";
import type { UndoPlace } from "../ports/undo-store.ts";
import type { Attempt } from "./carry-out.ts";
import type { GateDeps } from "./deps.ts";
import { DONE, retryLater, type WorkOutcome } from "./outcome.ts";
import { undoPlan } from "./undo-plan.ts";
import { takeStep } from "./undo-step.ts";
import { readUndoWork, type UndoWork, undoWork } from "./undo-work.ts";

/** So many steps are taken before the answer; more are left to the workers. */
const AT_ONCE = 10;

/**
 * Takes actions back, in two calls: the first shows the plan, the second names it by its hash and begins. What the plan did not list is not done: where
 * the world has changed in between, the answer is the refusal, and a new plan has to be looked at.
 */
export async function undo(deps: GateDeps, { scope, actor, plan: agreed }: UndoRequest): Promise<Undoing> {
  const plan = await undoPlan(deps, scope);
  if (plan.kind !== "plan" || agreed === undefined) return plan;
  if (plan.hash !== agreed) return { kind: "refused", why: "the world changed since the plan was made", mend: "look at the plan again" };
  if (plan.steps.length === 0) return { kind: "refused", why: whyNothing(plan), mend: "nothing has to be done" };
  const halt = await deps.halts.now();
  if (halt.kind === "halted" && plan.steps.some(takesAway))
    return {
      kind: "refused",
      why: `${halt.by.name} stopped the gate, and this would hold images again`,
      mend: "let the gate go on first, with `moorgate brake resume`, or hold single images by hand",
    };
  const id = await begin(deps, plan, actor);
  const begun = await deps.undos.find(id);
  if (begun === undefined) throw new Error(`the store forgot ${id}`);
  if (begun.steps.length > AT_ONCE) return { kind: "begun", undo: begun };
  await Promise.all(placesOf(begun).map((where) => takeAll(deps, id, where)));
  await tellEnd(deps, id);
  return { kind: "begun", undo: (await deps.undos.find(id)) ?? begun };
}

/** One reason says more than their number. */
function whyNothing({ left: [first, ...more] }: UndoPlan): string {
  if (first === undefined) return "nothing was done";
  return more.length === 0 ? first.why : `none of the ${more.length + 1} actions can be taken back: ${first.why}, and so on`;
}

async function begin(deps: GateDeps, plan: UndoPlan, actor: Actor): Promise<string> {
  const { scope, hash, steps, left } = plan;
  const now = deps.clock.now();
  const id = await deps.undos.begin({ scope, actor, plan: hash, steps, left }, now);
  await deps.ledger.append([undoTold({ id, scope, plan: hash, actor, steps, left }, "begun", now)]);
  // Should the process end before this, the next sweep queues it.
  await deps.queue.put(
    placesOf(plan).map((where) => undoWork({ undo: id, ...where }, now)),
    now,
  );
  return id;
}

function placesOf({ steps }: Pick<UndoPlan | Undo, "steps">): readonly UndoPlace[] {
  const places = new Map(steps.map(({ image: { registry, repository } }) => [`${registry}/${repository}`, { registry, repository }]));
  return [...places.values()];
}

/** Small undos are done when the answer comes. What has to wait is the workers'. */
async function takeAll(deps: GateDeps, id: string, where: UndoPlace): Promise<void> {
  for (;;) {
    const now = deps.clock.now();
    const taken = await takeNext(deps, { undo: id, ...where }, { queuedAt: now, now });
    if (taken !== "taken") return;
  }
}

/** One job takes one step, so that the repository's other work has its turns between. */
export async function goOn(deps: GateDeps, payload: string, attempt: Attempt): Promise<WorkOutcome> {
  const work = readUndoWork(payload);
  const taken = await takeNext(deps, work, attempt);
  if (taken === "none") {
    await tellEnd(deps, work.undo);
    return DONE;
  }
  if (taken !== "taken") return taken;
  const now = deps.clock.now();
  await deps.queue.put([undoWork(work, now)], now);
  return DONE;
}

/** Whoever finds nothing left to do tells it: the last job of each repository comes by here, also after a crash. */
async function tellEnd({ undos, ledger, clock }: GateDeps, id: string): Promise<void> {
  const undo = (await undos.isEnded(id)) ? await undos.find(id) : undefined;
  if (undo === undefined) return;
  await ledger.append([undoTold(undo, "begun", undo.begunAt), undoTold(undo, "ended", undo.endedAt ?? clock.now())]);
}

/** The steps of a repository are taken one after the other, for their order is what keeps it whole. */
async function takeNext(deps: GateDeps, { undo: id, ...where }: UndoWork, attempt: Attempt): Promise<"taken" | "none" | WorkOutcome> {
  return deps.locks.run(`${id}:${where.registry}/${where.repository}`, async () => {
    const next = await deps.undos.next(id, where);
    if (next === undefined) return "none";
    // What holds images again waits, as every run of holds does. Whoever lets the gate go on queues it again.
    if (takesAway(next.step) && (await deps.halts.now()).kind === "halted") return "none";
    try {
      const taken = await takeStep(deps, { id, actor: next.actor }, next.step, attempt);
      if (taken.kind === "later") return taken.outcome;
      await deps.undos.settle(id, next.place, taken.result);
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      if (error.retryable) return retryLater(error.message, error.retryAfter, attempt.now);
      await deps.undos.settle(id, next.place, { kind: "failed", at: attempt.now, code: error.code, why: error.message });
    }
    return "taken";
  });
}

import { planned } from "../audit/record.ts";
import type { Action, Outcome } from "../domain/action.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { Instant } from "../domain/time.ts";
import { apply, backwards } from "../enforcement/apply.ts";
import { type LastLook, notOurs, type Objection, objection, secondThought } from "../enforcement/guard.ts";
import { commitOutcome, occasion } from "./commit.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { effectiveMode } from "./judge.ts";
import { retryLater, type WorkOutcome } from "./outcome.ts";

export interface Attempt {
  readonly queuedAt: Instant;
  readonly now: Instant;
  readonly signal?: AbortSignal;
}

export type CarriedOut =
  | { readonly kind: "ready"; readonly record: ImageRecord; readonly outcome: Outcome }
  | { readonly kind: "later"; readonly outcome: WorkOutcome };

/** Does the pending action of a record that was just committed, after a last look, and writes down what came of it. */
export async function carryOut(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord,
  action: Action,
  attempt: Attempt,
): Promise<CarriedOut> {
  return deps.locks.run(`repository:${action.image.registry}/${action.image.repository}`, async () => {
    const against = objection(action, await lastLook(deps, watched, action));
    return against === undefined ? run(deps, watched, record, action, attempt) : leave(deps, record, action, against);
  });
}

/**
 * An action that a crash (or a registry's passing fault) left open. It was decided and written down, so it is brought to its end, unless the gate
 * may not act any more or the policy is another: then what was half done is put back, and the image is judged again.
 */
export async function finishPending(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord,
  action: Action,
  attempt: Attempt,
): Promise<CarriedOut> {
  return deps.locks.run(`repository:${action.image.registry}/${action.image.repository}`, async () => {
    const look = await lastLook(deps, watched, action);
    const replaced = notOurs(action, look);
    if (replaced !== undefined) return leave(deps, record, action, replaced);
    const back = backwards(action);
    const against = back === undefined ? undefined : secondThought(action, look);
    if (back === undefined || against === undefined) return run(deps, watched, record, action, attempt);
    const { outcome, retry } = await apply(watched.registry, back, () => deps.clock.now(), attempt.signal);
    if (outcome.kind === "failed" && retry !== undefined) return later(outcome.why, retry.afterMs, attempt);
    return leave(deps, record, action, against);
  });
}

async function lastLook(deps: GateDeps, { registry, mode }: WatchedRegistry, { image }: Action): Promise<LastLook> {
  const [record, halt] = await Promise.all([deps.ledger.image(image), deps.halts.now()]);
  const { policy } = deps.policy();
  return { registry, record, policy: { ...policy.id, mode: effectiveMode(policy.mode, mode) }, halt };
}

function leave(deps: GateDeps, record: ImageRecord, action: Action, { kind, why }: Objection): Promise<CarriedOut> {
  const left: ImageRecord = kind === "halted" ? { ...record, isHalted: true } : record;
  return finish(deps, left, action, { kind: "superseded", at: deps.clock.now(), why });
}

async function run(deps: GateDeps, watched: WatchedRegistry, record: ImageRecord, action: Action, attempt: Attempt): Promise<CarriedOut> {
  const { outcome, retry } = await apply(watched.registry, action, () => deps.clock.now(), attempt.signal);
  if (outcome.kind === "failed" && retry !== undefined) {
    await deps.ledger.append([planned(occasion(record, attempt.now), action)]);
    return later(outcome.why, retry.afterMs, attempt);
  }
  return finish(deps, record, action, outcome);
}

async function finish(deps: GateDeps, record: ImageRecord, action: Action, outcome: Outcome): Promise<CarriedOut> {
  const committed = await commitOutcome(deps, record, action, outcome, deps.clock.now());
  if (committed.result === "conflict")
    return { kind: "later", outcome: { kind: "retry", at: deps.clock.now(), why: "the image changed meanwhile" } };
  return { kind: "ready", record: committed.record, outcome };
}

function later(why: string, afterMs: number | undefined, { now }: Attempt): CarriedOut {
  return { kind: "later", outcome: retryLater(why, afterMs, now) };
}

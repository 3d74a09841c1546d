import { planned } from "../audit/record.ts";
import type { Action, Outcome } from "../domain/action.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { Instant } from "../domain/time.ts";
import { apply } from "../enforcement/apply.ts";
import { objection } from "../enforcement/guard.ts";
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
    const why = objection(action, {
      registry: watched.registry,
      record: await deps.ledger.image(action.image),
      policy: policyNow(deps, watched),
    });
    if (why !== undefined) return finish(deps, record, action, { kind: "superseded", at: deps.clock.now(), why });
    return run(deps, watched, record, action, attempt);
  });
}

/**
 * An action that a crash (or a registry's passing fault) left open. It was decided and written down, so it is brought to its end; the verdict that
 * follows may take it back. Only a switch to dry-run stops it, and then what was half done is undone.
 */
export async function finishPending(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord,
  action: Action,
  attempt: Attempt,
): Promise<CarriedOut> {
  return deps.locks.run(`repository:${action.image.registry}/${action.image.repository}`, async () => {
    const stopped = action.verb === "hold" && record.override === undefined && policyNow(deps, watched).mode === "dry-run";
    if (!stopped) return run(deps, watched, record, action, attempt);
    const undone = await apply(watched.registry, { ...action, verb: "release" }, () => deps.clock.now(), attempt.signal);
    if (undone.outcome.kind === "failed") return later(undone.outcome.why, undone.retry?.afterMs, attempt);
    return finish(deps, record, action, { kind: "superseded", at: deps.clock.now(), why: "enforcement was switched to dry-run" });
  });
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

function policyNow(deps: GateDeps, watched: WatchedRegistry): { name: string; version: string; mode: "enforce" | "dry-run" } {
  const { policy } = deps.policy();
  return { ...policy.id, mode: effectiveMode(policy.mode, watched.mode) };
}

import { type Action, type Outcome, reversed } from "../domain/action.ts";
import type { Instant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Registry } from "../ports/registry.ts";

export interface Applied {
  readonly outcome: Outcome;
  /** Whether the same action may work later; milliseconds that the registry asked us to wait. */
  readonly retry?: { readonly afterMs: number | undefined };
}

/** Runs one action. A registry's fault becomes a failed outcome; anything else is a defect of ours and is thrown. */
export async function apply(registry: Registry, action: Action, now: () => Instant, signal?: AbortSignal): Promise<Applied> {
  try {
    const result = await (action.verb === "retag" ? registry.retag(action, signal) : registry[action.verb](action, signal));
    return { outcome: { kind: "applied", at: now(), ...result } };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    const outcome: Outcome = {
      kind: "failed",
      at: now(),
      code: error.code,
      why: error.mend === undefined ? error.message : `${error.message}. ${error.mend}`,
    };
    return error.retryable ? { outcome, retry: { afterMs: error.retryAfter } } : { outcome };
  }
}

/** What puts back a part of an action that was done; `undefined` for one that gives back itself and is brought to its end. */
export function backwards(action: Action): Action | undefined {
  if (action.verb !== "retag") return action.verb === "hold" ? { ...action, verb: "release" } : undefined;
  if (action.purpose === "restore") return undefined;
  return { ...action, changes: reversed(action.changes) };
}

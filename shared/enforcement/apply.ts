import { type Action, type Outcome, reversed } from "../domain/action.ts";
import type { Instant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { ActResult, Registry } from "../ports/registry.ts";

export interface Applied {
  readonly outcome: Outcome;
  /** Whether the same action may work later; milliseconds that the registry asked us to wait. */
  readonly retry?: { readonly afterMs: number | undefined };
}

/** Runs one action. A registry's fault becomes a failed outcome; anything else is a defect of ours and is thrown. */
export async function apply(registry: Registry, action: Action, now: () => Instant, signal?: AbortSignal): Promise<Applied> {
  try {
    const result = await call(registry, action, signal);
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

function call(registry: Registry, action: Action, signal: AbortSignal | undefined): Promise<ActResult> {
  switch (action.verb) {
    case "hold":
    case "release":
      return registry[action.verb](action, signal);
    case "retag":
      return registry.retag(action, signal);
    case "delete":
      return registry.deleteHeld(action, signal);
  }
}

/** What puts back a part of an action that was done; `undefined` for one that gives back itself and is brought to its end, and for what nothing puts back. */
export function backwards(action: Action): Action | undefined {
  if (action.verb === "delete") return undefined;
  if (action.verb !== "retag") return action.verb === "hold" ? { ...action, verb: "release" } : undefined;
  if (action.purpose === "restore") return undefined;
  return { ...action, changes: reversed(action.changes) };
}

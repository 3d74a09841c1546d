import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "aws-lambda";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { Ledger } from "../../shared/ports/ledger.ts";
import type { Store } from "../../shared/ports/store.ts";

/** The time that one call of a function has. */
export interface Turn {
  /** Whether there is time to begin something. */
  canBegin(): boolean;
  /** Ends what has to write down how far it has come. */
  readonly windUp: AbortSignal;
  /** Ends what runs, early enough to say so. */
  readonly signal: AbortSignal;
  /** To be called when the call is answered. */
  end(): void;
}

/** What is begun later than this before the end would be cut off: a registry may take a second to answer, and some steps ask ten times. */
const TO_BEGIN_MS = 5_000;
/** Time to write down what was done, and to answer. */
const TO_ANSWER_MS = 1_500;

export function turnOf(context: Pick<Context, "getRemainingTimeInMillis">): Turn {
  const [windingUp, ending] = [new AbortController(), new AbortController()];
  const left = (): number => context.getRemainingTimeInMillis();
  const at = (controller: AbortController, ms: number) => setTimeout(() => controller.abort(), Math.max(0, left() - ms)).unref();
  const timers = [at(windingUp, TO_BEGIN_MS), at(ending, TO_ANSWER_MS)];
  return {
    canBegin: () => !ending.signal.aborted && left() > TO_BEGIN_MS,
    windUp: windingUp.signal,
    signal: ending.signal,
    end() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** Whose call it is that something is done for: also when the call is long over. */
const calls = new AsyncLocalStorage<Pick<Turn, "signal">>();

/** The work's answer, or what is said when the time is over: what goes on then is left to end by itself, and writes no step any more. */
export function inTime<T>(turn: Pick<Turn, "signal">, work: () => Promise<T>, otherwise: () => T): Promise<T> {
  const { signal } = turn;
  const over = Promise.withResolvers<T>();
  const stop = (): void => over.resolve(otherwise());
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  return Promise.race([calls.run(turn, work), over.promise]).finally(() => signal.removeEventListener("abort", stop));
}

/**
 * The same store, in which a call writes no step any more when its time is over. Lambda stops a function where it is when it has answered, and lets it go on
 * with its next call: requests that were under way then fail, and that would be taken for word of the registry.
 */
export function untilOver(store: Store): Store {
  const commit: Ledger["commit"] = async (step) => {
    if (calls.getStore()?.signal.aborted === true) throw new AdapterError("timeout", "the time of this call is over");
    return store.ledger.commit(step);
  };
  return { ...store, ledger: { ...store.ledger, commit } };
}

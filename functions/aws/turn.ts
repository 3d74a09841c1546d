import type { Context } from "aws-lambda";
import type { GateDeps } from "../../shared/pipeline/deps.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { Ledger } from "../../shared/ports/ledger.ts";

/** The time that one call of a function has. */
export interface Turn {
  /** Whether there is time to begin something. */
  canBegin(): boolean;
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
  const ending = new AbortController();
  const left = (): number => context.getRemainingTimeInMillis();
  const timer = setTimeout(() => ending.abort(), Math.max(0, left() - TO_ANSWER_MS)).unref();
  return { canBegin: () => !ending.signal.aborted && left() > TO_BEGIN_MS, signal: ending.signal, end: () => clearTimeout(timer) };
}

/** The work's answer, or what is said when the time is over: what goes on then is left to end by itself. */
export function inTime<T>({ signal }: Pick<Turn, "signal">, work: Promise<T>, otherwise: () => T): Promise<T> {
  const over = Promise.withResolvers<T>();
  const stop = (): void => over.resolve(otherwise());
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  return Promise.race([work, over.promise]).finally(() => signal.removeEventListener("abort", stop));
}

/**
 * The same gate, that writes no step any more when the time is over. Lambda stops a function where it is when it has answered, and lets it go on with its next
 * call: requests that were under way then fail, and that would be taken for word of the registry.
 */
export function untilOver<D extends Pick<GateDeps, "ledger">>(deps: D, { signal }: Pick<Turn, "signal">): D {
  const commit: Ledger["commit"] = async (step) => {
    if (signal.aborted) throw new AdapterError("timeout", "the time of this call is over");
    return deps.ledger.commit(step);
  };
  return { ...deps, ledger: { ...deps.ledger, commit } };
}

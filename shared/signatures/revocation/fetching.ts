import { AdapterError } from "../../ports/adapter-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { RevocationQuestion } from "../../ports/notation-trust.ts";
import { type Fetched, fetchAnswer } from "./fetch.ts";
import { openQuiet } from "./quiet.ts";

export interface Fetching {
  /** No answer also where it was asked in vain a moment ago. @throws AdapterError timeout where the caller gives up */
  fetch(name: string, question: RevocationQuestion, signal?: AbortSignal): Promise<Fetched>;
  /** The answer to this question was worth nothing: it is not asked for again at once. */
  leaveAlone(name: string, why: string): void;
}

export function openFetching(deps: { readonly clock: Clock; readonly log: Log; readonly internalHosts: readonly string[] }): Fetching {
  const { clock, log } = deps;
  const internalHosts = new Set(deps.internalHosts);
  const running = new Map<string, Promise<Fetched>>();
  const quiet = openQuiet();

  async function fetch(name: string, question: RevocationQuestion): Promise<Fetched> {
    const host = URL.parse(question.url)?.host ?? "";
    // One host may serve lists while its responder is down.
    const service = `${question.kind} ${host}`;
    const why = quiet.why(name, clock.now()) ?? quiet.why(service, clock.now());
    if (why !== undefined) return { kind: "none", why };
    const fetched = await fetchAnswer(question, internalHosts);
    if (fetched.kind === "answer") return fetched;
    quiet.add(fetched.kind === "silent" ? service : name, fetched.why, clock.now());
    log.warn("Nobody said whether a certificate has been revoked.", { kind: question.kind, host, why: fetched.why });
    return fetched;
  }

  return {
    fetch(name, question, signal) {
      const started = running.get(name) ?? fetch(name, question).finally(() => running.delete(name));
      running.set(name, started);
      return orCancelled(started, signal);
    },
    leaveAlone: (name, why) => quiet.add(name, why, clock.now()),
  };
}

/** The work has a deadline of its own and goes on for whoever else waits for it. */
async function orCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = (): void => reject(new AdapterError("timeout", "revocation: the call was cancelled"));
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

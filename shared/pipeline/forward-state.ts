import type { JournalEntry } from "../domain/audit-event.ts";
import type { Instant } from "../domain/time.ts";
import type { DeadLetter, Delivered, SinkState } from "../ports/audit-sink.ts";

type Failed = Exclude<Delivered, { readonly kind: "delivered" }>;

export interface Saved {
  readonly state: SinkState;
  readonly dead: readonly DeadLetter[];
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** A destination that asks for a year is asked again in an hour. */
const LONGEST_WISH_MS = 60 * 60_000;
const PROBE_EVERY_MS = 3 * 60_000;
/** So many events refused one by one, and nothing taken between them, speak against the destination and not against the events. */
const REFUSED_IN_A_ROW = 5;

/** The first `count` entries arrived. A batch that was tried again is finished before it may grow. */
export function afterDelivery(state: SinkState, entries: readonly JournalEntry[], count: number): SinkState {
  const cursor = entries[Math.min(count, entries.length) - 1]?.sequence ?? state.cursor;
  const { retryThrough, lastError: _, ...rest } = state;
  const through = retryThrough !== undefined && retryThrough > cursor ? { retryThrough } : {};
  return {
    ...rest,
    ...through,
    cursor,
    state: "active",
    failures: 0,
    nextAt: 0,
    delivered: state.delivered + Math.min(count, entries.length),
  };
}

/** The batch did not arrive: what is remembered, and when the next try is. `random` is from 0 up to 1. */
export function afterFailure(state: SinkState, entries: readonly JournalEntry[], failed: Failed, now: Instant, random: number): Saved {
  const failures = state.failures + 1;
  const next = { ...state, failures, lastError: failed.why, retryThrough: entries.at(-1)?.sequence ?? state.cursor };
  switch (failed.kind) {
    case "retry":
      return { state: { ...next, state: "active", nextAt: now + waitFor(failures, failed.afterMs, random) }, dead: [] };
    case "paused":
      return { state: { ...next, state: "paused", nextAt: now + PROBE_EVERY_MS }, dead: [] };
    case "disabled":
      return { state: { ...next, state: "disabled" }, dead: [] };
    case "refused":
      return afterRefusal(next, entries, failed.why, now);
  }
}

/** Only ever called for one entry alone: it is set aside with its reason, and the others go on. */
function afterRefusal(failed: SinkState, entries: readonly JournalEntry[], why: string, now: Instant): Saved {
  const { retryThrough: _, ...state } = failed;
  const sequence = entries[0]?.sequence ?? state.cursor;
  const isSuspicious = state.failures >= REFUSED_IN_A_ROW;
  const pace = isSuspicious ? { state: "paused" as const, nextAt: now + PROBE_EVERY_MS } : { state: "active" as const, nextAt: 0 };
  return { state: { ...state, ...pace, cursor: sequence, dead: state.dead + 1 }, dead: [{ sequence, why, at: now }] };
}

/** Full jitter: drawn evenly from zero up to a doubling bound, so that many senders do not come back at once. */
function waitFor(failures: number, wishMs: number | undefined, random: number): number {
  const bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 20));
  return Math.max(Math.floor(random * bound), Math.min(wishMs ?? 0, LONGEST_WISH_MS));
}

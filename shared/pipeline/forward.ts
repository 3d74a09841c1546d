import type { JournalEntry } from "../domain/audit-event.ts";
import { type Instant, instant } from "../domain/time.ts";
import type { AuditSink, Delivered, SinkState, SinkStore } from "../ports/audit-sink.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Log } from "../ports/log.ts";
import { afterDelivery, afterFailure } from "./forward-state.ts";

export interface ForwardDeps {
  readonly ledger: Pick<Ledger, "journal">;
  readonly sinks: Pick<SinkStore, "sink" | "save">;
  readonly log: Log;
}

/** Why a pass ended. */
export type Forwarded =
  /** The sink has everything. */
  | { readonly kind: "idle" }
  /** More waits: call again at once. */
  | { readonly kind: "more" }
  | { readonly kind: "waiting"; readonly until: Instant }
  /** The destination is gone for good: nothing is sent until a person sets it up anew. */
  | { readonly kind: "disabled" };

/** A pass ends after so many requests, so that the caller's `now` does not get old. */
const MAX_REQUESTS = 100;

/**
 * Drains the journal into one sink, in order, from the sink's own place. Each entry arrives at least once, with the same id each time; none
 * is dropped but the one that the destination refuses by itself, and that one is kept as a dead letter. Sinks do not wait for each other:
 * the caller runs one pass for each.
 */
export async function forward(deps: ForwardDeps, sink: AuditSink, now: Instant, signal?: AbortSignal): Promise<Forwarded> {
  let state = await deps.sinks.sink(sink.name);
  let width = sink.batch.maxEvents;
  for (let requests = 0; requests < MAX_REQUESTS; requests++) {
    const pause = pauseOf(state, now);
    if (pause !== undefined) return pause;
    const entries = await nextBatch(deps, state, width);
    if (entries.length === 0) return { kind: "idle" };
    if (signal?.aborted === true) return { kind: "more" };
    const answer = await sink.send(entries, signal);
    if (isStopped(answer, signal)) return stop(deps, sink, state, entries);
    if (answer.kind === "refused" && answer.count > 1) {
      width = Math.max(1, Math.floor(answer.count / 2));
      continue;
    }
    if (answer.kind === "delivered") width = Math.min(sink.batch.maxEvents, width * 2);
    state = await settle(deps, sink, state, entries, answer, now);
  }
  return { kind: "more" };
}

function pauseOf({ state, nextAt }: SinkState, now: Instant): Forwarded | undefined {
  if (state === "disabled") return { kind: "disabled" };
  return nextAt > now ? { kind: "waiting", until: instant(nextAt) } : undefined;
}

/** A batch that failed is the same when it is tried again, so that its id is, too; a shorter one only where it is being halved. */
async function nextBatch({ ledger }: ForwardDeps, { cursor, retryThrough }: SinkState, width: number): Promise<readonly JournalEntry[]> {
  const entries = await ledger.journal(cursor, width);
  return retryThrough === undefined ? entries : entries.filter((entry) => entry.sequence <= retryThrough);
}

/** What was cut off because the process ends says nothing about the destination. */
function isStopped(answer: Delivered, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && answer.kind !== "delivered";
}

/** The request may have arrived: the same batch is sent again after the restart. */
async function stop({ sinks }: ForwardDeps, sink: AuditSink, state: SinkState, entries: readonly JournalEntry[]): Promise<Forwarded> {
  const retryThrough = entries.at(-1)?.sequence;
  if (retryThrough !== undefined) await sinks.save(sink.name, { ...state, retryThrough }, []);
  return { kind: "more" };
}

async function settle(
  deps: ForwardDeps,
  sink: AuditSink,
  state: SinkState,
  entries: readonly JournalEntry[],
  answer: Delivered,
  now: Instant,
): Promise<SinkState> {
  if (answer.kind === "delivered") {
    const next = afterDelivery(state, entries, answer.count);
    if (state.failures > 0) deps.log.info("A sink takes events again.", { sink: sink.name, failures: state.failures });
    await deps.sinks.save(sink.name, next, []);
    return next;
  }
  const { state: next, dead } = afterFailure(state, entries, answer, now, Math.random());
  report(deps.log, sink.name, state, next, answer);
  await deps.sinks.save(sink.name, next, dead);
  return next;
}

/** Once for each change: a destination that stays away does not fill the log. */
function report(
  log: Log,
  sink: string,
  before: SinkState,
  after: SinkState,
  { kind, why }: Exclude<Delivered, { readonly kind: "delivered" }>,
): void {
  if (kind === "refused") log.error("A sink refused an event; it is kept as a dead letter.", { sink, sequence: after.cursor, why });
  if (after.state !== before.state && after.state === "paused") log.error("A sink is paused; its events are kept.", { sink, why });
  if (after.state === "disabled") log.error("A sink is gone for good; its events are kept.", { sink, why });
  if (kind === "retry" && before.failures === 0) log.warn("A sink does not take events; they are kept and sent again.", { sink, why });
}

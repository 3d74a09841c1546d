import type { JournalEntry } from "../domain/audit-event.ts";

/** What became of a batch. `refused` and `paused` never lose an event: the caller keeps its place or parks the one that is named. */
export type Delivered =
  | { readonly kind: "delivered" }
  | { readonly kind: "retry"; readonly afterMs?: number; readonly why: string }
  /** 401, 403, 404: the destination is set up wrong; keep everything, probe slowly, raise an alert. */
  | { readonly kind: "paused"; readonly why: string }
  /** 410: the destination is gone for good. */
  | { readonly kind: "disabled"; readonly why: string }
  /** 400, 413, 415, 422: this batch as it stands; the caller halves it down to the one event. */
  | { readonly kind: "refused"; readonly why: string };

/** One destination of audit events. Gets entries in order, again after a retry, each with the same id. */
export interface AuditSink {
  readonly name: string;
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number };
  send(entries: readonly JournalEntry[], signal?: AbortSignal): Promise<Delivered>;
}

export interface SinkState {
  /** Sequence of the last entry that was delivered or parked. */
  readonly cursor: number;
  readonly state: "active" | "paused" | "disabled";
  readonly failures: number;
  readonly nextAt: number;
  readonly lastError?: string;
  readonly delivered: number;
  readonly dead: number;
}

export interface DeadLetter {
  readonly sequence: number;
  readonly why: string;
  readonly at: number;
}

/** Each sink's place in the journal, durable. */
export interface SinkStore {
  sink(name: string): Promise<SinkState>;
  /** `dead` are entries that the sink refuses one by one; they are kept with their reason. */
  save(name: string, state: SinkState, dead: readonly DeadLetter[]): Promise<void>;
  deadLetters(name: string, limit: number): Promise<readonly DeadLetter[]>;
}

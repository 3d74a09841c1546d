import type { JournalEntry } from "../domain/audit-event.ts";

/** What became of a batch. `refused` and `paused` never lose an event: the caller keeps its place or parks the one that is named. */
export type Delivered =
  /** The first `count` of the entries: a sink near its limit of bytes takes fewer than it was given, never none. */
  | { readonly kind: "delivered"; readonly count: number }
  | { readonly kind: "retry"; readonly afterMs?: number; readonly why: string }
  /** 401, 403, 404: the destination is set up wrong; keep everything, probe slowly, raise an alert. */
  | { readonly kind: "paused"; readonly why: string }
  /** 410: the destination is gone for good. */
  | { readonly kind: "disabled"; readonly why: string }
  /** 400, 413, 415, 422: the first `count` entries as they were sent together; the caller halves them down to the one event. */
  | { readonly kind: "refused"; readonly count: number; readonly why: string };

/** One destination of audit events. Gets entries in order, again after a retry, each with the same id. */
export interface AuditSink {
  readonly name: string;
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number };
  /** Never throws for what the destination does: that is an answer. The same entries make the same request, but for its time. */
  send(entries: readonly JournalEntry[], signal?: AbortSignal): Promise<Delivered>;
}

/** How to reach one destination, from the settings. */
export interface SinkSettings {
  readonly name: string;
  /** Absent where the kind needs none. */
  readonly url?: string;
  /** Each signs, newest first, so that one can be rotated. */
  readonly secrets: readonly string[];
  /** Whether plain HTTP may be spoken; allowed for loopback only. */
  readonly plainHttp: boolean;
  /** Version of the gate, named in each event. */
  readonly version: string;
}

/** A kind of destination. One folder, one line in `sinks/table.ts`. */
export interface SinkKind {
  readonly id: string;
  /** @throws AdapterError `malformed` on settings that can never work. */
  open(settings: SinkSettings): AuditSink;
}

export interface SinkState {
  /** Sequence of the last entry that was delivered or parked. */
  readonly cursor: number;
  readonly state: "active" | "paused" | "disabled";
  /** Sends in a row that did not deliver. */
  readonly failures: number;
  /** Not before this instant. */
  readonly nextAt: number;
  /** Last entry of the batch that is tried again: a retry is the same batch, also after a restart. */
  readonly retryThrough?: number;
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
  /** A name that is new begins before the first entry. */
  sink(name: string): Promise<SinkState>;
  /**
   * `dead` are entries that the sink refuses one by one; they are kept with their reason, in the same transaction. Where several processes send at
   * once, the place of one who is further stays.
   */
  save(name: string, state: SinkState, dead: readonly DeadLetter[]): Promise<void>;
  /** Newest first. */
  deadLetters(name: string, limit: number): Promise<readonly DeadLetter[]>;
}

import type { DatabaseSync } from "node:sqlite";
import { AdapterError } from "../../ports/adapter-error.ts";
import { storeFault } from "./fault.ts";

/**
 * `power-cut`: the answer is given after fsync. `crash`: written to the system before the answer, and to the disk with the next fsync; losing
 * it in a power cut makes a job or a delivery happen again, which at-least-once allows.
 */
export type Survives = "power-cut" | "crash";

/** The one way to write. Work is synchronous, all or nothing, and its promise settles after the commit. */
export interface Writer {
  write<T>(survives: Survives, work: () => T): Promise<T>;
  /** Commits what waits and refuses the rest. */
  close(): void;
}

interface Call {
  readonly survives: Survives;
  /** @returns what settles the promise once the transaction is durable. */
  run(): () => void;
  reject(reason: unknown): void;
}

/** Above it a transaction would keep the process from its other work. */
const MAX_GROUP = 128;

/** Group commit: what is asked for within one turn of the event loop shares one transaction and one fsync. */
export function openWriter(database: DatabaseSync): Writer {
  const commit = openCommit(database);
  let waiting: Call[] = [];
  let closed = false;

  function flush(): void {
    const group = waiting.slice(0, MAX_GROUP);
    waiting = waiting.slice(MAX_GROUP);
    if (waiting.length > 0) setImmediate(flush);
    if (group.length > 0) commit(group);
  }

  return {
    write(survives, work) {
      if (closed) return Promise.reject(new AdapterError("refused", "the store is closed"));
      if (waiting.length === 0) setImmediate(flush);
      return new Promise((resolve, reject) => {
        const run = (): (() => void) => {
          const result = work();
          return () => resolve(result);
        };
        waiting.push({ survives, run, reject });
      });
    },
    close() {
      closed = true;
      while (waiting.length > 0) flush();
    },
  };
}

/**
 * Runs a group in one transaction, each call in a savepoint of its own: one that fails takes back only what it wrote itself, and its
 * neighbours are committed. Settles every call.
 */
function openCommit(database: DatabaseSync): (group: readonly Call[]) => void {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const end = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");
  const attempt = openAttempt(database);
  const sync = openSync(database);
  return (group) => {
    const settles: (() => void)[] = [];
    try {
      sync(group);
      begin.run();
      // A savepoint copies each page that is changed: who is alone is taken back with the transaction.
      for (const call of group) settles.push(group.length === 1 ? call.run() : attempt(call));
      end.run();
    } catch (error) {
      if (database.isTransaction) rollback.run();
      const fault = storeFault(error);
      for (const call of group) call.reject(fault);
      return;
    }
    for (const settle of settles) settle();
  };
}

function openAttempt(database: DatabaseSync): (call: Call) => () => void {
  const open = database.prepare("SAVEPOINT call");
  const keep = database.prepare("RELEASE call");
  const undo = database.prepare("ROLLBACK TO call");
  return (call) => {
    open.run();
    try {
      const settle = call.run();
      keep.run();
      return settle;
    } catch (error) {
      // A full disk makes SQLite roll the whole transaction back by itself; then no neighbour was kept either.
      if (!database.isTransaction) throw error;
      undo.run();
      keep.run();
      return () => call.reject(storeFault(error));
    }
  };
}

/** One call that must outlive a power cut makes its whole group do so. The pragma acts when it is compiled: it cannot be prepared. */
function openSync(database: DatabaseSync): (group: readonly Call[]) => void {
  let now: Survives | undefined;
  return (group) => {
    const next = group.some((call) => call.survives === "power-cut") ? "power-cut" : "crash";
    if (next !== now) database.exec(`PRAGMA synchronous = ${next === "power-cut" ? "FULL" : "NORMAL"}`);
    now = next;
  };
}

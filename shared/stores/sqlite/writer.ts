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

interface Waiting {
  readonly survives: Survives;
  /** @returns what settles the promise once the transaction is durable. */
  run(): () => void;
  reject(reason: unknown): void;
}

/** Above it a transaction would keep the process from its other work. */
const MAX_GROUP = 128;

/**
 * Group commit: what is asked for within one turn of the event loop shares one transaction and one fsync, each call in a savepoint of its own.
 * A call that fails takes back only what it wrote itself; its neighbours are committed.
 */
export function openWriter(database: DatabaseSync): Writer {
  const statements = {
    begin: database.prepare("BEGIN IMMEDIATE"),
    commit: database.prepare("COMMIT"),
    rollback: database.prepare("ROLLBACK"),
    open: database.prepare("SAVEPOINT call"),
    keep: database.prepare("RELEASE call"),
    undo: database.prepare("ROLLBACK TO call"),
  };
  let waiting: Waiting[] = [];
  let syncing: Survives = "power-cut";
  let closed = false;

  function attempt(call: Waiting): () => void {
    statements.open.run();
    try {
      const settle = call.run();
      statements.keep.run();
      return settle;
    } catch (error) {
      // A full disk makes SQLite roll the whole transaction back by itself; then no neighbour was kept either.
      if (!database.isTransaction) throw error;
      statements.undo.run();
      statements.keep.run();
      return () => call.reject(storeFault(error));
    }
  }

  function commit(group: readonly Waiting[]): void {
    const settles: (() => void)[] = [];
    try {
      syncing = sync(database, syncing, group);
      statements.begin.run();
      // A savepoint copies each page that is changed: who is alone is taken back with the transaction.
      if (group.length === 1) settles.push(...group.map((call) => call.run()));
      else for (const call of group) settles.push(attempt(call));
      statements.commit.run();
    } catch (error) {
      if (database.isTransaction) statements.rollback.run();
      const fault = storeFault(error);
      for (const call of group) call.reject(fault);
      return;
    }
    for (const settle of settles) settle();
  }

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

/** One call that must outlive a power cut makes its whole group do so. The pragma acts when it is compiled: it cannot be prepared. */
function sync(database: DatabaseSync, now: Survives, group: readonly Waiting[]): Survives {
  const next = group.some((call) => call.survives === "power-cut") ? "power-cut" : "crash";
  if (next !== now) database.exec(`PRAGMA synchronous = ${next === "power-cut" ? "FULL" : "NORMAL"}`);
  return next;
}

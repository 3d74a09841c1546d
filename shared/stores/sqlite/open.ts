import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Store, StoreSettings } from "../../ports/store.ts";
import { REVOCATION_LIMITS } from "../revocation-limits.ts";
import { openActions } from "./actions.ts";
import { openEmergencies } from "./emergencies.ts";
import { openEvidence } from "./evidence.ts";
import { storeFault } from "./fault.ts";
import { openFeedSnapshots } from "./feeds.ts";
import { openHalt } from "./halt.ts";
import { openImages } from "./images.ts";
import { openJournal } from "./journal.ts";
import { openLedger } from "./ledger.ts";
import { openPostures } from "./postures.ts";
import { openProposals } from "./proposals.ts";
import { openQueue } from "./queue.ts";
import { openReports } from "./reports.ts";
import { openRevocations } from "./revocations.ts";
import { openRuns } from "./runs.ts";
import { migrate } from "./schema.ts";
import { openSinks } from "./sinks.ts";
import { openStandings } from "./standings.ts";
import { openSweeps } from "./sweeps.ts";
import { openUndos } from "./undos.ts";
import { openUsage } from "./usage.ts";
import { openWriter } from "./writer.ts";

export interface SqliteSettings extends Omit<StoreSettings, "place"> {
  /** Made, readable by its owner alone, where there is none; `:memory:` for one that ends with the process. */
  readonly file: string;
}

/**
 * Opens the durable memory of one gate. Several processes may have it open at once: the CLI reads and asks while the server runs.
 * @throws AdapterError `unsupported` on a newer schema, `forbidden`, `malformed` or `timeout` on what the file system says
 */
export function openSqliteStore({ file, signHead, revocations = REVOCATION_LIMITS }: SqliteSettings): Store {
  const database = openDatabase(file);
  const writer = openWriter(database);
  const journal = openJournal(database, signHead);
  const evidence = openEvidence(database, writer);
  const ledger = openLedger({ writer, journal, images: openImages(database), actions: openActions(database), evidence });
  const close = async (): Promise<void> => {
    if (!database.isOpen) return;
    writer.close();
    database.close();
  };
  return {
    ledger: { ...ledger, close },
    queue: openQueue(database, writer),
    sinks: openSinks(database, writer),
    reports: openReports(database, writer),
    evidence: evidence.store,
    runs: openRuns(database, writer, journal),
    emergencies: openEmergencies(database, writer),
    standings: openStandings(database, writer),
    halts: openHalt(database, writer),
    sweeps: openSweeps(database, writer),
    proposals: openProposals(database, writer),
    postures: openPostures(database, writer),
    undos: openUndos(database, writer),
    usage: openUsage(database, writer),
    feeds: openFeedSnapshots(database, writer),
    revocations: openRevocations(database, writer, revocations),
    close,
  };
}

function openDatabase(file: string): DatabaseSync {
  try {
    if (file !== ":memory:") keepPrivate(resolve(file));
    const database = new DatabaseSync(file, { timeout: 5_000, enableForeignKeyConstraints: true });
    database.exec("PRAGMA synchronous = FULL");
    useWriteAheadLog(database);
    migrate(database);
    return database;
  } catch (error) {
    throw storeFault(error);
  }
}

/** The journal names people, images and weaknesses. SQLite gives its other files the mode of this one. */
function keepPrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
}

/** Two processes that open a new file at once cannot both change its mode, and SQLite does not wait for that: the second one finds it done. */
function useWriteAheadLog(database: DatabaseSync): void {
  const change = (): unknown => database.exec("PRAGMA journal_mode = WAL");
  try {
    change();
  } catch {
    // Waits for the other process's transaction.
    database.exec("BEGIN IMMEDIATE; COMMIT");
    change();
  }
}

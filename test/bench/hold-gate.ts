import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startWorkers } from "../../functions/local/worker.ts";
import { type Gate, openGate, type RegistryEntry } from "../../shared/compose/gate.ts";
import { parseDuration } from "../../shared/domain/time.ts";
import type { Store } from "../../shared/ports/store.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { openLog } from "../../shared/runtime/log.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { limitsOf } from "../fixtures/brake.ts";
import { kevOf, NO_KNOWN_EXPLOITED } from "../fixtures/feeds.ts";

const WORKERS = 8;
export const PLACE = "prod";

/** A gate in this process, with the workers that `moorgate up` has and a store on disk. */
export interface BenchGate extends Gate {
  readonly store: Store;
  /** Writes of the store so far that outlive a power cut before they are answered. */
  commits(): number;
  /** The list of what is known to be exploited, from now on. */
  list(ids: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startBenchGate(entry: RegistryEntry): Promise<BenchGate> {
  const dir = mkdtempSync(join(tmpdir(), "moorgate-bench-"));
  const policyFile = join(dir, "policy.yaml");
  const kev = join(dir, "kev.json");
  writeFileSync(policyFile, NO_KNOWN_EXPLOITED);
  writeFileSync(kev, kevOf([]));
  const { store, commits } = counting(openSqliteStore({ file: join(dir, "ledger.db"), signHead: () => "" }));
  const feeds = { knownExploited: { location: { kind: "file", path: kev }, every: parseDuration("1ms") } } as const;
  const usage = { places: [{ name: PLACE, maxAge: parseDuration("1d") }], pulledWithin: parseDuration("1ms"), scanners: [] };
  const log = openLog({ level: "error", clock: systemClock });
  const settings = { policyFile, registries: [entry], sinks: [], feeds, usage, brake: limitsOf(), version: "0.0.0" };
  const gate = await openGate(settings, store, systemClock, log);
  await gate.refreshFeeds();
  const workers = startWorkers(gate.deps, WORKERS);
  return {
    ...gate,
    store,
    commits,
    async list(ids) {
      writeFileSync(kev, kevOf(ids.map((id) => ({ id }))));
      await gate.refreshFeeds();
    },
    async stop() {
      await workers.stop();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Counts what the flow asks to be kept; several that are asked for at once share one write to the disk. */
function counting(store: Store): { readonly store: Store; commits(): number } {
  let commits = 0;
  const counted = <A extends readonly unknown[], R>(call: (...args: A) => R) => {
    return (...args: A): R => {
      commits += 1;
      return call(...args);
    };
  };
  const { ledger, runs } = store;
  return {
    store: {
      ...store,
      ledger: { ...ledger, commit: counted(ledger.commit), append: counted(ledger.append) },
      runs: { ...runs, weigh: counted(runs.weigh) },
    },
    commits: () => commits,
  };
}

import { lookAtPosture } from "../../shared/compose/setups.ts";
import { LEASE_MS, runJob } from "../../shared/pipeline/run-job.ts";
import { sweep, sweepRest } from "../../shared/pipeline/sweep.ts";
import type { Turn } from "./turn.ts";
import type { Wired } from "./wire.ts";

type Task = (wired: Wired, turn: Turn) => Promise<unknown>;

const AT_ONCE = 8;

/** What a schedule may ask for; each is done as far as the time goes, and goes on with the next call. */
export const TASKS = {
  /** Every registry is compared with what is known; first what the time of a sweep before did not suffice for. */
  sweep: async ({ gate }, { windUp }) => (await sweepRest(gate.deps, windUp)) ?? (await sweep(gate.deps, windUp)),
  /** Goes on with a sweep whose time was over. */
  "sweep-rest": ({ gate }, { windUp }) => sweepRest(gate.deps, windUp),
  /** Renews feeds of threat facts whose time has come. */
  feeds: ({ gate }, { signal }) => gate.refreshFeeds(signal),
  policy: ({ gate }) => gate.refreshPolicy(),
  /** Asks registries that are new and have not answered yet. */
  standings: ({ gate }, { signal }) => gate.refreshStandings(signal),
  attestations: ({ gate }) => gate.refreshAttestations(),
  "trust-roots": ({ gate }, { signal }) => gate.refreshTrustRoots(signal),
  /** Tells of emergencies that are settled. */
  emergencies: ({ gate }) => gate.endEmergencies(),
  /** Tells what happened in runs that have come to an end. */
  runs: ({ gate }) => gate.tellRuns(),
  /** Queues what is to be judged again soon. */
  rechecks: ({ gate }) => gate.planRechecks(),
  /** Tells what is new about how registries are set up. */
  posture: ({ gate, store, file }, { signal }) => lookAtPosture(gate, store, file.registries, signal),
  /** What waited long in the store's own queue. */
  queue: workOffQueue,
} as const satisfies Readonly<Record<string, Task>>;

export type TaskName = keyof typeof TASKS;
export const TASK_NAMES = Object.keys(TASKS) as readonly TaskName[];

async function workOffQueue({ gate: { deps } }: Wired, turn: Turn): Promise<void> {
  while (turn.canBegin()) {
    const jobs = await deps.queue.claim(AT_ONCE, deps.clock.now(), LEASE_MS);
    if (jobs.length === 0) return;
    await Promise.all(jobs.map((job) => runJob(deps, job)));
  }
}

import { braked } from "../audit/record.ts";
import type { Run } from "../domain/run.ts";
import type { DecidedRun, RunRequest } from "../ports/operator.ts";
import type { GateDeps } from "./deps.ts";
import { holdWork } from "./emergency-start.ts";
import { rejudge } from "./work.ts";

/** Jobs of one call. */
const BATCH = 500;

type Deps = Pick<GateDeps, "runs" | "ledger" | "queue" | "clock" | "emergencies">;

/**
 * Lets a stopped run go on, or leaves free what it would hold. Images that wait are judged again first: what was mended meanwhile is not held. Whoever
 * was not answered, or by an error, says the same again: what was not told and queued by then is.
 */
export async function decideRun(deps: Deps, request: RunRequest): Promise<DecidedRun> {
  const { run: id, decision, actor } = request;
  const run = await deps.runs.find(id);
  if (run === undefined) return { kind: "not-found", why: `no run ${id} is known`, mend: "list them with `moorgate brake status`" };
  if (run.id !== id)
    return { kind: "refused", why: `the policy changed, and run ${run.id} took the place of ${id}`, mend: `decide on ${run.id}` };
  if (run.state === "stopped") return decide(deps, run, request);
  const isAgain = run.state === decision && run.decided?.by.name === actor.name;
  const again = isAgain && run.decided !== undefined ? await followUp(deps, run, decision, run.decided) : NOTHING;
  await again.write();
  if (again.queued > 0) return { kind: "decided", run, queued: again.queued };
  return { kind: "refused", why: `the run is ${run.state}`, mend: "only a run that was stopped waits for an answer" };
}

async function decide(deps: Deps, run: Run, { decision, actor }: RunRequest): Promise<DecidedRun> {
  const at = deps.clock.now();
  const { queued, write } = await followUp(deps, run, decision, { by: actor, at });
  // Asked for in one turn, so that a store that can writes them together: no crash comes between the decision and the work.
  const [isDecided] = await Promise.all([deps.runs.decide(run.id, decision, actor, at), write()]);
  const decided = await deps.runs.find(run.id);
  if (!isDecided || decided === undefined) return { kind: "refused", why: "somebody else decided just now", mend: "look at the run again" };
  return { kind: "decided", run: decided, queued };
}

/** What follows from a decision; written twice it is there once. */
interface FollowUp {
  /** Images that are judged again. */
  readonly queued: number;
  /** Asks for all of it before it returns. */
  write(): Promise<unknown>;
}

const NOTHING: FollowUp = { queued: 0, write: async () => {} };

async function followUp(
  { runs, ledger, queue, clock, emergencies }: Deps,
  run: Run,
  decision: RunRequest["decision"],
  { by, at }: NonNullable<Run["decided"]>,
): Promise<FollowUp> {
  const now = clock.now();
  const images = decision === "approved" ? await runs.waiting(run.id) : [];
  const emergency = await emergencies.find(run.id);
  const jobs = images.map((image) => (emergency === undefined ? rejudge(image, "event", now, run.id) : holdWork(emergency, image, now)));
  const batches = Array.from({ length: Math.ceil(jobs.length / BATCH) }, (_, place) => jobs.slice(place * BATCH, (place + 1) * BATCH));
  const told = braked(run, { state: decision, why: by.reason, at, actor: by.name });
  return { queued: jobs.length, write: () => Promise.all([ledger.append([told]), ...batches.map((batch) => queue.put(batch, now))]) };
}

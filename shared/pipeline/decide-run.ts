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
  const queued = isAgain && run.decided !== undefined ? await writeOut(deps, run, decision, run.decided) : 0;
  if (queued > 0) return { kind: "decided", run, queued };
  return { kind: "refused", why: `the run is ${run.state}`, mend: "only a run that was stopped waits for an answer" };
}

async function decide(deps: Deps, run: Run, { decision, actor }: RunRequest): Promise<DecidedRun> {
  const at = deps.clock.now();
  let isDecided = false;
  const queued = await writeOut(deps, run, decision, { by: actor, at }, async () => {
    isDecided = await deps.runs.decide(run.id, decision, actor, at);
  });
  const decided = await deps.runs.find(run.id);
  if (!isDecided || decided === undefined) return { kind: "refused", why: "somebody else decided just now", mend: "look at the run again" };
  return { kind: "decided", run: decided, queued };
}

/** What follows from a decision, after which nothing of it is missing. @param first is written with it. @returns how many images are judged again */
async function writeOut(
  { runs, ledger, queue, clock, emergencies }: Deps,
  run: Run,
  decision: RunRequest["decision"],
  { by, at }: NonNullable<Run["decided"]>,
  first: () => Promise<void> = async () => {},
): Promise<number> {
  const now = clock.now();
  const images = decision === "approved" ? await runs.waiting(run.id) : [];
  const emergency = await emergencies.find(run.id);
  const jobs = images.map((image) => (emergency === undefined ? rejudge(image, "event", now, run.id) : holdWork(emergency, image, now)));
  const batches = Array.from({ length: Math.ceil(jobs.length / BATCH) }, (_, at) => jobs.slice(at * BATCH, (at + 1) * BATCH));
  // Asked for in one turn, so that a store that can writes them together: no crash comes between the decision and the work.
  await Promise.all([
    first(),
    ledger.append([braked(run, { state: decision, why: by.reason, at, actor: by.name })]),
    ...batches.map((batch) => queue.put(batch, now)),
  ]);
  return jobs.length;
}

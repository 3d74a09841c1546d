import { braked } from "../audit/record.ts";
import type { DecidedRun, RunRequest } from "../ports/operator.ts";
import type { GateDeps } from "./deps.ts";
import { holdWork } from "./emergency-start.ts";
import { rejudge } from "./work.ts";

/** Jobs of one call. */
const BATCH = 500;

/**
 * Lets a stopped run go on, or leaves free what it would hold. Images that wait are judged again first: what was mended meanwhile is not held. Whoever
 * was not answered, or by an error, says the same again: what was not told and queued by then is.
 */
export async function decideRun(
  { runs, ledger, queue, clock, emergencies }: Pick<GateDeps, "runs" | "ledger" | "queue" | "clock" | "emergencies">,
  { run: id, decision, actor }: RunRequest,
): Promise<DecidedRun> {
  const run = await runs.find(id);
  if (run === undefined) return { kind: "not-found", why: `no run ${id} is known`, mend: "list them with `moorgate brake status`" };
  if (run.id !== id)
    return { kind: "refused", why: `the policy changed, and run ${run.id} took the place of ${id}`, mend: `decide on ${run.id}` };
  const isAgain = run.state === decision && run.decided?.by.name === actor.name;
  if (run.state !== "stopped" && !isAgain)
    return { kind: "refused", why: `the run is ${run.state}`, mend: "only a run that was stopped waits for an answer" };
  const now = clock.now();
  const images = decision === "approved" ? await runs.waiting(id) : [];
  const emergency = await emergencies.find(id);
  const jobs = images.map((image) => (emergency === undefined ? rejudge(image, "event", now, id) : holdWork(emergency, image, now)));
  const batches = Array.from({ length: Math.ceil(jobs.length / BATCH) }, (_, at) => jobs.slice(at * BATCH, (at + 1) * BATCH));
  const { at, by } = run.decided ?? { at: now, by: actor };
  // Asked for in one turn, so that a store that can writes them together: no crash comes between the decision and the work.
  const [isDecided] = await Promise.all([
    isAgain || runs.decide(id, decision, actor, now),
    ledger.append([braked(run, { state: decision, why: by.reason, at, actor: by.name })]),
    ...batches.map((batch) => queue.put(batch, now)),
  ]);
  const decided = await runs.find(id);
  if (!isDecided || decided === undefined) return { kind: "refused", why: "somebody else decided just now", mend: "look at the run again" };
  return { kind: "decided", run: decided, queued: images.length };
}

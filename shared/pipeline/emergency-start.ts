import { emergencyTold } from "../audit/record.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { Disposition, Emergency, EmergencyList, StartedEmergency, StartRequest } from "../ports/emergency.ts";
import type { Work } from "../ports/work-queue.ts";
import type { GateDeps } from "./deps.ts";
import { listConcerned } from "./emergency-list.ts";
import { countsOf, reportOf } from "./emergency-report.ts";
import { judgeWork } from "./work.ts";

/** Jobs of one call. */
const BATCH = 2_000;

/** Has held what a list shows, as one run. Nothing is held that was not shown. @throws ParseError */
export async function startEmergency(deps: GateDeps, request: StartRequest): Promise<StartedEmergency> {
  const list = await listConcerned(deps, request);
  if (list.list !== request.list)
    return { kind: "refused", why: "the list changed since it was shown", mend: "look at it again, then start what it shows now" };
  const images = list.images.filter(({ disposition }) => disposition === "hold").map(({ key }) => key);
  if (images.length === 0) return { kind: "refused", why: "nothing on the list would be held", mend: mendOf(list) };
  const now = deps.clock.now();
  const run = await deps.runs.begin("emergency", `${list.query} ${list.list}`, now);
  const emergency = { run, query: list.query, inUse: list.inUse, actor: request.actor, startedAt: now, images, ...leftBy(list) };
  const before = await deps.emergencies.find(run);
  // Where a start was cut off, the same list is started once more: what was told and queued by then is no second time.
  if (before?.endedAt === undefined) await begin(deps, before ?? emergency);
  const kept = await deps.emergencies.find(run);
  return { kind: "started", report: await reportOf(deps, kept ?? emergency) };
}

/** Asked for in one turn, so that a store that can writes it together: a crash leaves all of it there or nothing. */
async function begin({ emergencies, ledger, queue }: GateDeps, emergency: Emergency): Promise<void> {
  const { run, query, actor, startedAt: at, images } = emergency;
  const jobs = images.map((image) => holdWork(emergency, image, at));
  const batches = Array.from({ length: Math.ceil(jobs.length / BATCH) }, (_, each) => jobs.slice(each * BATCH, (each + 1) * BATCH));
  await Promise.all([
    emergencies.begin(emergency),
    ledger.append([emergencyTold({ run, state: "started", query, actor, counts: countsOf(emergency, []), at })]),
    ...batches.map((batch) => queue.put(batch, at)),
  ]);
}

export function holdWork(
  { run, actor, startedAt, inUse }: Emergency,
  image: ImageKey,
  notBefore: Instant,
): Work & { readonly notBefore: Instant } {
  return judgeWork({ ...image, origin: "operator", run, hold: { actor, at: startedAt, inUse } }, notBefore);
}

function leftBy({ images, unsure }: EmergencyList): Pick<Emergency, "leftAtStart" | "unsure"> {
  const count = (wanted: Disposition): number => images.filter(({ disposition }) => disposition === wanted).length;
  const left = {
    "in-use": count("in-use"),
    "use-unknown": count("use-unknown"),
    perhaps: count("perhaps"),
    held: count("held"),
    "not-watched": count("not-watched"),
  };
  return { leftAtStart: left, unsure: unsure.length };
}

function mendOf({ images }: EmergencyList): string {
  const isInUse = images.some(({ disposition }) => disposition === "in-use" || disposition === "use-unknown");
  return isInUse ? "add --in-use to hold also what runs or may run" : "there is nothing to do";
}

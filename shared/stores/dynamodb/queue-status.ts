import { type Instant, instant } from "../../domain/time.ts";
import type { ParkedJob, WorkQueue } from "../../ports/work-queue.ts";
import { JOB_INDEX } from "./definition.ts";
import type { Documents } from "./documents.ts";
import { numberOfText, seenOf, textOf } from "./item.ts";
import { laneEnd, laneStart, PARKED, type ParkedDocument, type SeenJob } from "./job.ts";
import type { Requests } from "./requests.ts";
import { jobList, jobLists } from "./shards.ts";

type State = "ready" | "later" | "running";

const INDEX = { name: JOB_INDEX, hash: "gj", sort: "gt" };

interface QueueStatus extends Pick<WorkQueue, "nextAt" | "depth" | "depthOf" | "parked"> {
  /** Parked work is what a person has to look at: there is little of it. */
  parkedNow(): Promise<readonly ParkedDocument[]>;
}

export function openQueueStatus(requests: Requests, documents: Documents): QueueStatus {
  async function parkedNow(): Promise<readonly ParkedDocument[]> {
    const found: ParkedDocument[] = [];
    for await (const { body } of documents.list<ParkedDocument>({ hash: PARKED })) found.push(body);
    return found;
  }

  /** When the first job of each list is due. */
  async function earliest(state: State): Promise<readonly number[]> {
    const first = async (hash: string): Promise<readonly number[]> => {
      for await (const item of requests.query({ index: INDEX, hash, page: 1 }))
        return [state === "ready" ? seenOf<SeenJob>(item).at : numberOfText(textOf(item, "gt"))];
      return [];
    };
    return (await Promise.all(jobLists(state).map(first))).flat();
  }

  async function count(state: State): Promise<number> {
    const counts = await Promise.all(jobLists(state).map((hash) => requests.count({ index: INDEX, hash })));
    return counts.reduce((sum, each) => sum + each, 0);
  }

  async function jobsIn(hash: string): Promise<readonly SeenJob[]> {
    return (await Array.fromAsync(requests.query({ index: INDEX, hash }))).map((item) => seenOf<SeenJob>(item));
  }

  const jobsReady = async (): Promise<readonly SeenJob[]> => (await Promise.all(jobLists("ready").map(jobsIn))).flat();

  return {
    parkedNow,
    async nextAt() {
      const ready = await earliest("ready");
      const times = ready.length > 0 ? ready : (await Promise.all([earliest("later"), earliest("running")])).flat();
      return times.length === 0 ? undefined : instant(Math.min(...times));
    },
    async depth() {
      const [ready, later, running, { length: parked }] = await Promise.all([jobsReady(), count("later"), count("running"), parkedNow()]);
      const oldest = ready.reduce<Instant | undefined>(
        (first, { queuedAt }) => (first === undefined || queuedAt < first ? queuedAt : first),
        undefined,
      );
      return { waiting: ready.length + later, running, parked, ...(oldest === undefined ? {} : { oldestQueuedAt: oldest }) };
    },
    async depthOf(group) {
      const lane = { index: INDEX, hash: jobList("ready", group), from: laneStart(group), to: laneEnd(group) };
      const others = ["later", "running"].map((state) => jobsIn(jobList(state, group)));
      const [ready, parked, ...jobs] = await Promise.all([requests.count(lane), parkedNow(), ...others]);
      const isOfGroup = (job: { readonly group: string }): boolean => job.group === group;
      return { open: ready + jobs.flat().filter(isOfGroup).length, parked: parked.filter(isOfGroup).length };
    },
    async parked(limit) {
      const found = await parkedNow();
      const newestFirst = found.toSorted((one, other) => other.parkedAt - one.parkedAt || other.id - one.id);
      return newestFirst.slice(0, limit).map((job): ParkedJob => job);
    },
  };
}

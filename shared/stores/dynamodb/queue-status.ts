import { type Instant, instant } from "../../domain/time.ts";
import type { ParkedJob, WorkQueue } from "../../ports/work-queue.ts";
import { PLACE_INDEX, TODO_INDEX } from "./definition.ts";
import type { Documents } from "./documents.ts";
import { numberOfText, seenOf, textOf } from "./item.ts";
import { groupHash, PARKED, type ParkedDocument, type SeenJob } from "./job.ts";
import type { Range, Requests } from "./requests.ts";

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

  async function earliest(state: "later" | "running"): Promise<readonly number[]> {
    for await (const item of requests.query({ ...jobs(state), page: 1 })) return [numberOfText(textOf(item, "ts"))];
    return [];
  }

  return {
    parkedNow,
    async nextAt() {
      for await (const item of requests.query({ ...jobs("ready"), page: 1 })) return instant(seenOf<SeenJob>(item).at);
      const times = (await Promise.all([earliest("later"), earliest("running")])).flat();
      return times.length === 0 ? undefined : instant(Math.min(...times));
    },
    async depth() {
      let ready = 0;
      let oldest: Instant | undefined;
      for await (const item of requests.query(jobs("ready"))) {
        ready += 1;
        const { queuedAt } = seenOf<SeenJob>(item);
        if (oldest === undefined || queuedAt < oldest) oldest = queuedAt;
      }
      const [later, running, { length: parked }] = await Promise.all([
        requests.count(jobs("later")),
        requests.count(jobs("running")),
        parkedNow(),
      ]);
      return { waiting: ready + later, running, parked, ...(oldest === undefined ? {} : { oldestQueuedAt: oldest }) };
    },
    async depthOf(group) {
      const index = { name: PLACE_INDEX, hash: "gp", sort: "gs" };
      const [open, parked] = await Promise.all([requests.count({ index, hash: groupHash(group) }), parkedNow()]);
      return { open, parked: parked.filter((job) => job.group === group).length };
    },
    async parked(limit) {
      const found = await parkedNow();
      const newestFirst = found.toSorted((one, other) => other.parkedAt - one.parkedAt || other.id - one.id);
      return newestFirst.slice(0, limit).map((job): ParkedJob => job);
    },
  };
}

function jobs(state: "ready" | "later" | "running"): Range {
  return { index: { name: TODO_INDEX, hash: "td", sort: "ts" }, hash: state };
}

import { type Instant, instant } from "../../domain/time.ts";
import { inPages } from "../../ports/in-pages.ts";
import type { Job, WorkQueue } from "../../ports/work-queue.ts";
import { JOB_INDEX } from "./definition.ts";
import type { Documents } from "./documents.ts";
import { type Item, type Key, keyOf, textOf } from "./item.ts";
import { groupOfLane, type JobDocument, jobMarks, jobOf, laneEnd, laneStart } from "./job.ts";
import type { Requests } from "./requests.ts";
import { jobList, jobLists } from "./shards.ts";
import { padded } from "./stamps.ts";

/** Jobs that become ready in one claim; the rest follows with the next one. */
const MOST_WOKEN = 500;
const MOST_LANES = 200;
const AT_ONCE = 20;
const INDEX = { name: JOB_INDEX, hash: "gj", sort: "gt" };

/**
 * Gives out jobs, each group in its turn. Whose turn it is each process keeps for itself: fairness outlives no restart, and costs no write.
 */
export function openClaim(requests: Requests, documents: Documents): WorkQueue["claim"] {
  let turns: readonly string[] = [];
  return async (limit, now, leaseFor) => {
    await wakeDue(requests, documents, now);
    const ready = (await Promise.all(jobLists("ready").map((list) => lanes(requests, list)))).flat();
    turns = [...turns.filter((group) => ready.includes(group)), ...ready.filter((group) => !turns.includes(group))];
    const jobs: Job[] = [];
    const tried = new Set<string>();
    while (jobs.length < limit) {
      const { picked, next } = await pick(requests, turns, limit - jobs.length, tried);
      if (picked.length === 0) break;
      turns = next;
      for await (const some of inPages(each(picked), AT_ONCE)) {
        const taken = await Promise.all(some.map((key) => take(documents, key, instant(now + leaseFor))));
        jobs.push(...taken.filter((job) => job !== undefined));
      }
    }
    return jobs;
  };
}

async function* each<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}

/** What is due, and what somebody has lost, gets ready. */
async function wakeDue(requests: Requests, documents: Documents, now: Instant): Promise<void> {
  await Promise.all([...jobLists("later"), ...jobLists("running")].map((list) => wakeDueIn(requests, documents, list, now)));
}

async function wakeDueIn(requests: Requests, documents: Documents, hash: string, now: Instant): Promise<void> {
  let woken = 0;
  const due = requests.query({ index: INDEX, hash, to: `${padded(now)}#~`, page: MOST_WOKEN });
  for await (const items of inPages(due, AT_ONCE)) {
    await Promise.all(items.map((item) => wake(documents, keyOf(item), now)));
    woken += items.length;
    if (woken >= MOST_WOKEN) break;
  }
}

async function wake(documents: Documents, key: Key, now: Instant): Promise<void> {
  await documents.change(key.pk, async (change) => {
    const job = await change.get<JobDocument>(key);
    if (job === undefined || job.state === "ready" || job.at > now) return;
    const ready: JobDocument = { ...job, state: "ready" };
    change.put(key, ready, jobMarks(ready));
  });
}

/** Groups with ready jobs: from the first of each straight to the next group's. */
async function lanes(requests: Requests, hash: string): Promise<readonly string[]> {
  const found: string[] = [];
  let from = " ";
  while (found.length < MOST_LANES) {
    const item = await first(requests.query({ index: INDEX, hash, from, page: 1 }));
    if (item === undefined) return found;
    const group = groupOfLane(textOf(item, "gt"));
    found.push(group);
    from = laneEnd(group);
  }
  return found;
}

async function first(items: AsyncGenerator<Item>): Promise<Item | undefined> {
  for await (const item of items) return item;
  return undefined;
}

/** One of each group in turn, the oldest of it first; who was served comes last. */
async function pick(
  requests: Requests,
  turns: readonly string[],
  limit: number,
  tried: Set<string>,
): Promise<{ readonly picked: readonly Key[]; readonly next: readonly string[] }> {
  const open = new Map(
    turns.map((group) => [
      group,
      requests.query({
        index: INDEX,
        hash: jobList("ready", group),
        from: laneStart(group),
        to: laneEnd(group),
        page: Math.max(10, limit),
      }),
    ]),
  );
  const queue = [...turns];
  const picked: Key[] = [];
  const done: string[] = [];
  for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
    const key = await nextKey(open.get(group), tried);
    if (key === undefined) {
      done.push(group);
      continue;
    }
    picked.push(key);
    queue.push(group);
    if (picked.length === limit) break;
  }
  return { picked, next: [...queue, ...done] };
}

async function nextKey(lane: AsyncGenerator<Item> | undefined, tried: Set<string>): Promise<Key | undefined> {
  for (;;) {
    const next = await lane?.next();
    if (next === undefined || next.done === true) return undefined;
    const key = keyOf(next.value);
    if (tried.has(key.pk)) continue;
    tried.add(key.pk);
    return key;
  }
}

/** `undefined` where another worker was first. */
async function take(documents: Documents, key: Key, leaseUntil: Instant): Promise<Job | undefined> {
  return documents.change(key.pk, async (change) => {
    const job = await change.get<JobDocument>(key);
    if (job?.state !== "ready") return undefined;
    const running: JobDocument = { ...job, state: "running", attempt: job.attempt + 1, at: leaseUntil };
    change.put(key, running, jobMarks(running));
    return jobOf(running);
  });
}

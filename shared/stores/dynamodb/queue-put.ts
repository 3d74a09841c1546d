import type { Instant } from "../../domain/time.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import { shortHash } from "./item.ts";
import { type JobDocument, jobKey, jobMarks, joined, type ParkedDocument, parkedKey, type Timed } from "./job.ts";
import type { Stamps } from "./stamps.ts";

interface QueuePut {
  put(work: readonly Timed[], now: Instant, deliveryId: string | undefined): Promise<"queued" | "duplicate">;
  /** @returns whether it was parked */
  unpark(key: string, now: Instant): Promise<boolean>;
}

/** Longer than any registry or cloud repeats a delivery. */
const REMEMBERED_MS = 7 * 24 * 60 * 60 * 1_000;
/** Jobs that share a transaction with their delivery. */
const MOST_TOGETHER = 40;
const AT_ONCE = 20;

export function openQueuePut(documents: Documents, stamps: Stamps): QueuePut {
  async function join(change: Change, works: readonly Timed[], queuedAt: Instant, now: Instant): Promise<void> {
    const [first] = works;
    if (first === undefined) return;
    const before = await change.get<JobDocument>(jobKey(first.key));
    let job = before;
    for (const work of works) job = joined(job, work, queuedAt, now, stamps);
    if (job !== undefined && job !== before) change.put(jobKey(job.key), job, jobMarks(job));
  }

  async function putEach(groups: readonly (readonly Timed[])[], now: Instant): Promise<void> {
    for (let at = 0; at < groups.length; at += AT_ONCE)
      await Promise.all(
        groups.slice(at, at + AT_ONCE).map((works) => documents.change(`job ${works[0]?.key}`, (change) => join(change, works, now, now))),
      );
  }

  async function put(work: readonly Timed[], now: Instant, deliveryId: string | undefined): Promise<"queued" | "duplicate"> {
    const groups = [...Map.groupBy(work, ({ key }) => key).values()];
    if (deliveryId === undefined) {
      await putEach(groups, now);
      return "queued";
    }
    const key = { pk: `delivery#${shortHash(deliveryId)}`, sk: "delivery" };
    const isKnown = (delivery: { readonly at: number } | undefined): boolean =>
      delivery !== undefined && now <= delivery.at + REMEMBERED_MS;
    if (isKnown(await documents.read(key))) return "duplicate";
    // Work that is put and whose delivery is not remembered comes again, and joins itself.
    await putEach(groups.slice(MOST_TOGETHER), now);
    return documents.change(key.pk, async (change) => {
      if (isKnown(await change.get(key))) return "duplicate";
      change.put(key, { at: now }, { endsAt: now + REMEMBERED_MS });
      for (const works of groups.slice(0, MOST_TOGETHER)) await join(change, works, now, now);
      return "queued";
    });
  }

  async function unpark(key: string, now: Instant): Promise<boolean> {
    return documents.change(`job ${key}`, async (change) => {
      const parked = await change.get<ParkedDocument>(parkedKey(key));
      if (parked === undefined) return false;
      await join(change, [{ ...parked, notBefore: now }], now, now);
      change.remove(parkedKey(key));
      return true;
    });
  }

  return { put, unpark };
}

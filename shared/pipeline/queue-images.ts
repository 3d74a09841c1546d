import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { GateDeps } from "./deps.ts";
import { rejudge } from "./work.ts";

/** What following a change needs. */
export type FollowDeps = Pick<GateDeps, "ledger" | "evidence" | "queue" | "runs" | "clock" | "log">;

/** Jobs of one transaction. */
const BATCH = 500;

/** Waits until what was decided before the change is written: the store keeps the order in which it is asked. */
export async function allWritten({ queue, clock }: Pick<FollowDeps, "queue" | "clock">): Promise<void> {
  await queue.put([], clock.now());
}

/** Has a few images judged again because of what became of another. */
export async function rejudgeAll(
  { queue }: Pick<FollowDeps, "queue">,
  images: readonly ImageKey[],
  now: Instant,
  run?: string,
): Promise<void> {
  const work = images.map((image) => rejudge(image, "event", now, run));
  if (work.length > 0) await queue.put(work, now);
}

/** Has images judged again, as one run. */
export async function queueImages(
  { queue, clock }: Pick<FollowDeps, "queue" | "clock">,
  run: string,
  images: readonly ImageKey[],
): Promise<void> {
  for (let from = 0; from < images.length; from += BATCH) {
    await rejudgeAll({ queue }, images.slice(from, from + BATCH), clock.now(), run);
  }
}

/** Has every image judged again that is there and that is one of those asked for. @returns how many */
export async function queueEverything(
  deps: FollowDeps,
  run: string,
  isOne: (record: ImageRecord) => boolean = () => true,
): Promise<number> {
  let count = 0;
  let after: string | undefined;
  do {
    const page = await deps.ledger.images({ limit: BATCH, ...(after === undefined ? {} : { after }) });
    const images = page.items.filter((record) => record.presence === "present" && isOne(record)).map((record) => record.key);
    await queueImages(deps, run, images);
    count += images.length;
    after = page.next;
  } while (after !== undefined);
  return count;
}

import type { ImageKey } from "../domain/image-ref.ts";
import { add, type Duration, type Instant, instant, parseDuration } from "../domain/time.ts";
import { inPages } from "../ports/in-pages.ts";
import type { GateDeps } from "./deps.ts";
import { recheck } from "./work.ts";

type RecheckDeps = Pick<GateDeps, "queue" | "rechecks">;

/** How often the store's list is read. */
export const RECHECKS_EVERY: Duration = parseDuration("15m");
/** What is due before the list was surely read once more waits in the queue itself. */
const AHEAD: Duration = parseDuration("20m");
/** Jobs of one transaction. */
const AT_ONCE = 50;

/** Has an image judged again at a time. Where the store lists such times, a job is queued when its time is near: most are judged for another reason before. */
export async function planRecheck({ queue, rechecks }: RecheckDeps, key: ImageKey, at: Instant | undefined, now: Instant): Promise<void> {
  if (at === undefined || (rechecks !== undefined && at > add(now, AHEAD))) return;
  await queue.put([recheck(key, at)], now);
}

/** Queues what is due soon. What was due long ago, and was given up, the sweep finds. */
export async function planRechecks({ queue, rechecks, clock }: RecheckDeps & Pick<GateDeps, "clock">): Promise<void> {
  if (rechecks === undefined) return;
  const now = clock.now();
  const due = rechecks.between(instant(Math.max(0, now - AHEAD)), add(now, AHEAD));
  for await (const some of inPages(due, AT_ONCE))
    await queue.put(
      some.map(({ image, at }) => recheck(image, at)),
      now,
    );
}

import type { ImageKey } from "../domain/image-ref.ts";
import type { ThreatFacts } from "../domain/threat.ts";
import { changedThreats } from "../domain/threat-change.ts";
import type { GateDeps } from "./deps.ts";
import { rejudge } from "./work.ts";

/** Jobs of one transaction. */
const BATCH = 500;

/**
 * Queues the images that a change of the feeds can concern: those with a finding that goes by a name on which the feeds now say something
 * else. All of them where a feed began or ceased to be known.
 */
export async function followThreats(deps: GateDeps, before: ThreatFacts, after: ThreatFacts): Promise<void> {
  const change = changedThreats(before, after);
  if (change.kind === "everything") return queueEverything(deps);
  const images = await deps.evidence.imagesWith(change.ids);
  await queueAll(deps, images);
  deps.log.info("A feed has changed.", { entries: change.ids.length, images: images.length });
}

async function queueEverything(deps: GateDeps): Promise<void> {
  let after: string | undefined;
  do {
    const page = await deps.ledger.images({ limit: BATCH, ...(after === undefined ? {} : { after }) });
    await queueAll(
      deps,
      page.items.filter((record) => record.presence === "present").map((record) => record.key),
    );
    after = page.next;
  } while (after !== undefined);
  deps.log.info("A feed began or ceased to be known; every image is judged again.");
}

async function queueAll({ queue, clock }: GateDeps, images: readonly ImageKey[]): Promise<void> {
  for (let from = 0; from < images.length; from += BATCH) {
    const now = clock.now();
    await queue.put(
      images.slice(from, from + BATCH).map((image) => rejudge(image, "event", now)),
      now,
    );
  }
}

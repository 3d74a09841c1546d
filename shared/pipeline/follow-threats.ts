import type { ThreatFacts } from "../domain/threat.ts";
import { changedThreats } from "../domain/threat-change.ts";
import { allWritten, type FollowDeps, queueEverything, queueImages } from "./queue-images.ts";

/**
 * Queues the images that a change of the feeds can concern: those with a finding that goes by a name on which the feeds now say something
 * else. All of them where a feed began or ceased to be known.
 */
export async function followThreats(deps: FollowDeps, before: ThreatFacts, after: ThreatFacts): Promise<void> {
  const change = changedThreats(before, after);
  if (change.kind === "everything") {
    await queueEverything(deps);
    return deps.log.info("A feed began or ceased to be known; every image is judged again.");
  }
  await allWritten(deps);
  const images = await deps.evidence.imagesWith(change.ids);
  await queueImages(deps, images);
  deps.log.info("A feed has changed.", { entries: change.ids.length, images: images.length });
}

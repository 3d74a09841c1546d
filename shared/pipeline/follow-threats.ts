import { type ImageKey, printImageKey } from "../domain/image-ref.ts";
import type { ThreatFacts } from "../domain/threat.ts";
import { changedThreats } from "../domain/threat-change.ts";
import { fingerprint, type Verdict } from "../domain/verdict.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { JudgeDeps } from "./deps.ts";
import { allWritten, type FollowDeps, queueEverything, queueImages } from "./queue-images.ts";

/** So many are judged again without being looked at first. */
const FEW = 1_000;
/** Images between two turns of the event loop. */
const AT_ONCE = 25;

type FollowThreatsDeps = FollowDeps & Pick<JudgeDeps, "policy">;

/**
 * Queues the images that a change of the feeds can concern: those with a finding that goes by a name on which the feeds now say something
 * else. All of them where a feed began or ceased to be known.
 */
export async function followThreats(deps: FollowThreatsDeps, before: ThreatFacts, after: ThreatFacts): Promise<void> {
  const change = changedThreats(before, after);
  const run = await deps.runs.begin("feeds", nameOf(after), deps.clock.now());
  if (change.kind === "everything") {
    await queueEverything(deps, run);
    return deps.log.info("A feed began or ceased to be known; every image is judged again.");
  }
  await allWritten(deps);
  const named = await deps.evidence.imagesWith(change.ids);
  const images = named.length > FEW ? await otherVerdicts(deps, named, before, after) : named;
  await queueImages(deps, run, images);
  deps.log.info("A feed has changed.", { entries: change.ids.length, named: named.length, images: images.length });
}

/** The same for the same snapshots, so that what a crash has followed twice is one run. */
function nameOf(facts: ThreatFacts): string {
  return Object.values(facts)
    .map((feed) => (feed.kind === "read" ? feed.digest : feed.kind))
    .join(" ");
}

/**
 * Of many images, those whose stored evidence gives another verdict now: a day's EPSS moves nearly every score a little, and hardly any over
 * what a rule asks for. An image whose evidence is not found is judged again.
 */
async function otherVerdicts(
  { evidence: store, policy, clock }: FollowThreatsDeps,
  images: readonly ImageKey[],
  before: ThreatFacts,
  after: ThreatFacts,
): Promise<readonly ImageKey[]> {
  const left = new Map(images.map((image) => [printImageKey(image), image]));
  const now = clock.now();
  let judged = 0;
  for await (const { image, tags, evidence } of store.entries(now)) {
    const key = printImageKey(image);
    if (!left.has(key)) continue;
    const target = { registry: image.registry, repository: image.repository, tags };
    const judge = (threats: ThreatFacts): Verdict => evaluate(policy().policy, target, evidence, now, threats);
    if (!isOther(judge(before), judge(after))) left.delete(key);
    judged += 1;
    if (judged % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return [...left.values()];
}

function isOther(a: Verdict, b: Verdict): boolean {
  return fingerprint(a) !== fingerprint(b) || a.recheckAt !== b.recheckAt;
}

import type { Digest } from "../domain/digest.ts";
import type { ImageEvidence } from "../domain/evidence.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey, RepositoryKey } from "../domain/image-ref.ts";
import { isRunnable } from "../domain/manifest.ts";
import type { Instant } from "../domain/time.ts";
import type { Referrer } from "../ports/image-source.ts";
import type { GateDeps } from "./deps.ts";
import { type Doing, type JudgeWork, judgeWork, present } from "./work.ts";

/** What one image may remember of its attachments, which is as many as are read; what is beyond has it judged again only where an event names the image. */
export const MOST_ATTACHED = 1_000;

/**
 * Digests of what is attached, and of the lists that name nothing else; sorted, so that the same set is the same evidence. A runnable image that hides
 * under such a tag or in such a list is none of it: it is judged by itself.
 */
export function attachmentsOf(referrers: readonly { readonly referrer: Referrer }[]): readonly Digest[] {
  const own = new Set(referrers.flatMap(({ referrer: { manifest } }) => (isRunnable(manifest) ? [] : [manifest.digest])));
  const lists = referrers.flatMap(({ referrer: { list } }) =>
    list?.manifests.every(({ digest }) => own.has(digest)) ? [list.digest] : [],
  );
  return [...new Set([...own, ...lists])].sort();
}

/** Digests of all that is attached to an image and its children. What could not be asked for now is taken to be there still. */
export function attachedIn(evidence: ImageEvidence, before: ImageRecord | undefined): readonly Digest[] {
  const all = family(evidence);
  const kept = all.every(({ attached }) => attached !== undefined) ? [] : (before?.attached ?? []);
  const found = all.flatMap(({ attached = [] }) => attached);
  return [...new Set([...found, ...kept])].sort().slice(0, MOST_ATTACHED);
}

function family(evidence: ImageEvidence): readonly ImageEvidence[] {
  return [evidence, ...evidence.children.flatMap(family)];
}

/** Has the images of a repository judged again for what was attached to them, or taken away; who did it goes along. */
export async function rejudgeSubjects(
  { queue }: Pick<GateDeps, "queue">,
  { registry, repository }: RepositoryKey,
  subjects: readonly Digest[],
  work: JudgeWork,
  now: Instant,
): Promise<void> {
  if (subjects.length === 0) return;
  const { run, by = doneBy(work) } = work;
  const again = [...new Set(subjects)].map((digest) =>
    judgeWork({ registry, repository, digest, origin: "event", ...present({ run, by }) }, now),
  );
  await queue.put(again, now);
}

function doneBy({ actor, isDeletion = false, digest, tag }: JudgeWork): Doing | undefined {
  return actor === undefined ? undefined : { actor, isDeletion, ...present({ digest, tag }) };
}

/**
 * A manifest is gone: the indexes that name it and the images that it was attached to are judged again. The event that tells of a deleted signature
 * names the signature alone. Where the gate itself has just moved an image, what was attached to it went along and is no news.
 */
export async function rejudgeBereft(deps: Pick<GateDeps, "queue" | "ledger">, key: ImageKey, work: JudgeWork, now: Instant): Promise<void> {
  const [parents, carriers] = await Promise.all([deps.ledger.parents(key), deps.ledger.carriers(key)]);
  const lies = work.inQuarantine === true ? "held" : "free";
  const bereft = [...parents, ...carriers].filter(({ hold, presence }) => presence === "present" && hold.kind === lies);
  const digests = bereft.map((record) => record.key.digest);
  await rejudgeSubjects(deps, key, digests, work, now);
}

import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { GateDeps } from "./deps.ts";
import { isHeldForItself, isNamedByServed } from "./parts.ts";
import type { Prepared } from "./prepare.ts";
import { rejudgeAll } from "./queue-images.ts";
import type { AllCarried } from "./steps.ts";
import type { JudgeWork } from "./work.ts";

/**
 * A child that is held for itself is judged with its index from now on. Queued before anything is done, so
 * that no crash comes between: whoever comes too early finds the step pending.
 */
export async function rejudgeFamily(deps: GateDeps, key: ImageKey, { record, action }: Prepared, now: Instant): Promise<void> {
  // Also one that was taken whole, and whose digest comes back for an index that names it.
  const isReleased =
    action?.verb === "release" || (action?.verb === "hold" && action.before.only === "tags" && record.hold.kind === "held");
  const parents = isReleased ? (await deps.ledger.parents(key)).filter(({ presence }) => presence === "present") : [];
  const held = record.hold.kind === "free" ? await takenAmong(deps, key, record.children) : [];
  await rejudgeAll(deps, [...parents.map((parent) => parent.key), ...held], now);
}

/** Has judged again what an act on one image makes a difference to. */
export async function rejudgeOthers(
  deps: GateDeps,
  key: ImageKey,
  prepared: Prepared,
  carried: Carried,
  { run }: JudgeWork,
  now: Instant,
): Promise<void> {
  await rejudgeAll(deps, await othersAfter(deps, key, prepared, carried), now, run);
}

/** The children of an image that is gone, where they are held for themselves. */
export async function rejudgeParts(deps: GateDeps, key: ImageKey, record: ImageRecord | undefined, now: Instant): Promise<void> {
  await rejudgeAll(deps, await takenAmong(deps, key, record?.children ?? []), now);
}

/**
 * What is judged again for what was done: an index whose children are back; those of its children that are held for themselves, and to which the index
 * makes a difference; an image that was held for itself while an index that names it became known.
 */
async function othersAfter(deps: GateDeps, key: ImageKey, { record }: Prepared, { steps }: Carried): Promise<readonly ImageKey[]> {
  const verb = steps.find(({ outcome }) => outcome.kind === "applied")?.action.verb;
  if (verb === "release") return [...(record.hold.kind === "free" ? [key] : []), ...(await takenAmong(deps, key, record.children))];
  if (verb !== "hold") return [];
  const parts = await takenAmong(deps, key, record.children);
  return (await isToLookAgain(deps, record, steps)) ? [key, ...parts] : parts;
}

/** It was left to an index that was held in the same moment; or it has no tag, and an index names it. */
async function isToLookAgain(deps: GateDeps, { key, tags, hold }: ImageRecord, steps: Carried["steps"]): Promise<boolean> {
  const isLeft = steps.some(({ action }) => action.verb === "hold" && action.before.only === "tags");
  const wasLeft = hold.kind === "held" && hold.only === "tags";
  if (isLeft) return !wasLeft && !(await isNamedByServed(deps, key));
  return tags.length === 0 && (await deps.ledger.parents(key)).some(({ presence }) => presence === "present");
}

type Carried = Pick<Extract<AllCarried, { readonly kind: "ready" }>, "steps">;

/** Those that are held for themselves, or about to be. */
async function takenAmong({ ledger }: GateDeps, place: ImageKey, digests: readonly Digest[]): Promise<readonly ImageKey[]> {
  const records = await Promise.all(digests.map((digest) => ledger.image({ ...place, digest })));
  return records.flatMap((record) => (isHeldForItself(record) ? [record.key] : []));
}

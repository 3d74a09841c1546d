import type { MoveAction } from "../domain/action.ts";
import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { GateDeps } from "./deps.ts";
import { needsChildren } from "./parts.ts";
import type { Prepared } from "./prepare.ts";
import { rejudgeAll } from "./queue-images.ts";

/*
 * A hold takes the children along that no other index needs, by what is known when it is planned. An index that becomes known until the hold is done
 * and that was looked at while they were still there gets them back when it is judged again. Whichever of the two is written down last sees to it.
 */

/** Called when the hold was done, and before that is written down, so that no crash comes between. */
export async function rejudgeSharers(deps: GateDeps, { image, before }: MoveAction, now: Instant): Promise<void> {
  const taken = before.manifests.filter(({ role }) => role === "child").map(({ digest }) => digest);
  const sharers = (await othersNaming(deps, image, taken)).filter(needsChildren);
  const keys = new Map(sharers.map(({ key }) => [key.digest, key]));
  await rejudgeAll(deps, [...keys.values()], now);
}

/** Called when the index was written down: for the first time, or as one that can be pulled again. */
export async function rejudgeNewSharer(
  deps: GateDeps,
  key: ImageKey,
  { judged: { before }, record }: Pick<Prepared, "judged" | "record">,
  now: Instant,
): Promise<void> {
  if (!needsChildren(record) || (before !== undefined && needsChildren(before))) return;
  const others = await othersNaming(deps, key, record.children);
  if (others.some(({ hold, pending }) => hold.kind === "held" || pending?.verb === "hold")) await rejudgeAll(deps, [key], now);
}

async function othersNaming(
  { ledger }: GateDeps,
  { digest, ...place }: ImageKey,
  children: readonly Digest[],
): Promise<readonly ImageRecord[]> {
  const parents = await Promise.all(children.map((child) => ledger.parents({ ...place, digest: child })));
  return parents.flat().filter(({ key }) => key.digest !== digest);
}

import type { ActResult } from "../../ports/registry.ts";
import { type Act, gone, isIn } from "./act.ts";
import type { Holding } from "./holding.ts";
import { dropKeepsake, putKeepsake } from "./keepsake.ts";
import { keepLateTags, lateTagsOf } from "./late-tags.ts";
import { probed } from "./probed.ts";
import type { Writing } from "./replace-tagged.ts";
import { tagsOf } from "./tag-heads.ts";
import { placeholderOf, takeTag } from "./take-tag.ts";

/**
 * Where an index that is served names the image, its tags alone are taken: whoever pulls that index still gets it. What an earlier hold took away comes
 * back first, without its tags.
 */
export async function holdTags(holding: Holding, act: Act, about: Writing["about"]): Promise<ActResult> {
  const { client, reader, source, action, signal } = act;
  await holding.release({ ...act, action: { ...action, before: { ...action.before, tags: [] } }, notes: [] });
  if (!(await isIn(act, source))) throw gone(act);
  const heads = await reader.tagHeads(source, signal);
  const late = lateTagsOf(act, heads);
  if (late.length > 0) await keepLateTags(act, late, await putKeepsake(act));
  const from = action.image.digest;
  for (const tag of new Set([...tagsOf(heads, from), ...action.before.tags])) {
    const pointed = await client.resolve(source, tag, signal);
    if (pointed !== from && pointed !== placeholderOf(action.id, tag).digest) continue;
    await takeTag({ client, about }, { repository: source, tag, from, action: action.id }, signal);
  }
  act.notes.push("its digest stays: an index that can be pulled names it");
  return probed(act, "untagged");
}

/** A placeholder that a hold was cut off before deleting is no tag that somebody moved. */
export async function releaseTags(holding: Holding, act: Act): Promise<ActResult> {
  const { client, source, action, signal } = act;
  for (const tag of action.before.tags) {
    const placeholder = placeholderOf(action.id, tag).digest;
    if ((await client.resolve(source, tag, signal)) === placeholder) await client.deleteManifest(source, placeholder, signal);
  }
  const released = await holding.release(act);
  await dropKeepsake(act);
  return released;
}

import type { ActResult, Capabilities } from "../../ports/registry.ts";
import { type Act, gone, isIn } from "./act.ts";
import type { Holding } from "./holding.ts";
import { dropKeepsake, putKeepsake } from "./keepsake.ts";
import { keepLateTags, lateTagsOf } from "./late-tags.ts";
import { probed } from "./probed.ts";
import { putBackTags } from "./put-tags.ts";
import { tagsOf } from "./tag-heads.ts";

const CAPABILITY: Capabilities["hold"] = { mechanism: "untag", strength: "untagged" };

/** Takes the tags away, for a registry that deletes no manifest and blocks none. Whoever knows the digest still pulls it. */
export const BY_UNTAG: Holding = { capability: CAPABILITY, keepsIn: "repository", hold, release };

/** Nothing can be done at the registry: what is said of the image is left to admission. */
export const BY_NOTHING: Holding = {
  capability: { mechanism: "none", strength: "advisory" },
  keepsIn: "repository",
  hold: (act) => probed(act, "advisory"),
  release: async (act) => ({ strength: "advisory", notes: act.notes }),
};

async function hold(act: Act): Promise<ActResult> {
  const { client, reader, action, source, signal } = act;
  if (!(await isIn(act, source))) throw gone(act);
  const heads = await reader.tagHeads(source, signal);
  const late = lateTagsOf(act, heads);
  if (late.length > 0) await keepLateTags(act, late, await putKeepsake(act));
  for (const tag of tagsOf(heads, action.image.digest)) {
    // Asked once more right before: a deletion by tag takes whatever the tag points at.
    if ((await client.resolve(source, tag, signal)) === action.image.digest) await client.deleteTag(source, tag, signal);
  }
  return probed(act, CAPABILITY.strength);
}

async function release(act: Act): Promise<ActResult> {
  const { client, quarantine, source, signal } = act;
  if (!(await isIn(act, source))) throw gone(act);
  await putBackTags(act, await Array.fromAsync(client.tags(quarantine, signal)));
  await dropKeepsake(act);
  return { strength: "advisory", notes: act.notes };
}

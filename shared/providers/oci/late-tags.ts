import { lateTag } from "../../domain/held-tag.ts";
import type { Tag } from "../../domain/image-ref.ts";
import type { Act } from "./act.ts";
import { type TagHeads, tagsOf } from "./tag-heads.ts";

interface Content {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** Tags that came after the plan and go with the digest. */
export function lateTagsOf({ action }: Act, heads: TagHeads): readonly Tag[] {
  const { image, before } = action;
  return tagsOf(heads, image.digest).filter((tag) => !before.tags.includes(tag));
}

/** No plan names them, so they are written down in quarantine, as names of what lies there for the image. */
export async function keepLateTags(act: Act, late: readonly Tag[], kept: Content | undefined): Promise<void> {
  const { client, action, quarantine, notes, signal } = act;
  for (const tag of late) {
    const name = lateTag(action.image.digest, tag);
    if (kept !== undefined && name !== undefined) await client.putManifest(quarantine, kept.bytes, kept.mediaType, name, signal);
    notes.push(`tag ${tag} was put on it after the plan and went with it${name === undefined ? "; it will not come back by itself" : ""}`);
  }
}

import type { Digest } from "../../domain/digest.ts";
import { heldTag, tagKept } from "../../domain/held-tag.ts";
import type { Tag } from "../../domain/image-ref.ts";
import { type Act, withRole } from "./act.ts";
import { mergeLists } from "./referrer-list.ts";

/** Puts back the image's tags, those that came late, and those of what refers to it. `names`: all tags of the quarantine. */
export async function putBackTags(act: Act, names: readonly Tag[]): Promise<void> {
  const { image, before } = act.action;
  const late = names.map((name) => tagKept(image.digest, name)).filter((tag) => tag !== undefined);
  for (const tag of before.lostTags ?? []) act.notes.push(`tag ${tag} went to another image since: left alone`);
  for (const tag of new Set([...before.tags, ...late])) await putBackTag(act, image.digest, tag);
  for (const { digest, tags } of withRole(act.manifests, "referrer")) for (const tag of tags) await putBackTag(act, digest, tag);
}

async function putBackTag({ client, source, notes, signal }: Act, digest: Digest, tag: Tag): Promise<void> {
  const pointed = await client.resolve(source, tag, signal);
  if (pointed === digest) return;
  const manifest = pointed === undefined ? await client.manifest(source, digest, signal) : undefined;
  if (pointed !== undefined) notes.push(`tag ${tag} points elsewhere now: left alone`);
  else if (heldTag(digest) === undefined) notes.push(`tag ${tag} was not put back: no push by tag can name a SHA-512 digest`);
  else if (manifest !== undefined) await client.putManifest(source, manifest.bytes, manifest.mediaType, tag, signal);
}

/** Lists of referrers that went with the image; one that somebody has begun meanwhile is joined with it. */
export async function putBackLists({ client, source, manifests, notes, signal }: Act): Promise<void> {
  for (const { digest, tags } of withRole(manifests, "referrers-index")) {
    const list = await client.manifest(source, digest, signal);
    for (const tag of tags) {
      const isMerged = await mergeLists(client, source, tag, list?.kind === "index" ? [list] : [], signal);
      if (!isMerged) notes.push(`tag ${tag} holds something else than a list of referrers: left alone`);
    }
  }
}

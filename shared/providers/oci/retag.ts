import type { RetagAction, TagChange } from "../../domain/action.ts";
import { algorithmOf, type Digest, shortDigest } from "../../domain/digest.ts";
import type { Tag } from "../../domain/image-ref.ts";
import { OCI_INDEX } from "../../domain/manifest.ts";
import { digestOf } from "../../oci/content.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { RetagResult } from "../../ports/registry.ts";
import { inParallel } from "./in-parallel.ts";
import { proveDeletable } from "./prove-deletable.ts";
import { replaceTagged, type Writing } from "./replace-tagged.ts";
import { readTagHeads, tagsOf } from "./tag-heads.ts";

interface Retagging extends Writing {
  readonly action: RetagAction;
  readonly signal: AbortSignal | undefined;
}

/** Why a tag was left as it is; `undefined`: it points where it should. */
type LeftBecause = string | undefined;

/**
 * Points tags elsewhere, one by one: a tag that may not be moved keeps no other from being moved. Looks before each step, so it may be cut off anywhere
 * and run again.
 */
export async function retag(retagging: Retagging): Promise<RetagResult> {
  const { action, client, signal } = retagging;
  const notes: string[] = [];
  const faults: AdapterError[] = [];
  for (const change of action.changes) {
    try {
      const because = await make(retagging, change);
      if (because !== undefined) notes.push(`tag ${change.tag} ${because}`);
    } catch (error) {
      if (!(error instanceof AdapterError) || error.retryable) throw error;
      faults.push(error);
      notes.push(`tag ${change.tag} was not moved: ${error.message}`);
    }
  }
  const stands = await inParallel(action.changes, async ({ tag, to }) => {
    return ((await client.resolve(action.image.repository, tag, signal)) ?? "absent") === to;
  });
  const tags = action.changes.filter((_, place) => stands[place] === true).map(({ tag }) => tag);
  const [fault] = faults;
  if (fault !== undefined && tags.length === 0) throw fault;
  return { strength: "advisory", notes, tags };
}

async function make(retagging: Retagging, change: TagChange): Promise<LeftBecause> {
  const { tag, from, to } = change;
  if (to === "absent") return from === "absent" ? undefined : remove(retagging, tag, from);
  return point(retagging, tag, from === "absent" ? undefined : from, to);
}

const MOVED = "points elsewhere now: left alone";

/** The same bytes under another name: nothing is built anew. */
async function point(retagging: Retagging, tag: Tag, from: Digest | undefined, to: Digest): Promise<LeftBecause> {
  const { client, action, signal } = retagging;
  const { repository } = action.image;
  const pointed = await client.resolve(repository, tag, signal);
  if (pointed === to) return undefined;
  if (pointed !== from) return MOVED;
  if (algorithmOf(to) !== "sha256") return "was not set: no push by tag can name a SHA-512 digest";
  const manifest = await client.manifest(repository, to, signal);
  if (manifest === undefined) return `was not set: ${shortDigest(to)} is not in the repository any more`;
  const replaced = await replaceTagged(retagging, { repository, tag, before: from }, manifest, signal);
  if (replaced === "replaced") return undefined;
  return (await client.resolve(repository, tag, signal)) === to ? undefined : MOVED;
}

/**
 * Takes away a tag and leaves its image. A deletion by tag takes the whole image at some registries, so the tag is given to a manifest of its own first, and
 * that is deleted by its digest, which no other tag has.
 */
async function remove(retagging: Retagging, tag: Tag, from: Digest): Promise<LeftBecause> {
  const { client, action, signal } = retagging;
  const { repository } = action.image;
  const placeholder = placeholderOf(action, tag);
  const pointed = await client.resolve(repository, tag, signal);
  if (pointed === undefined) return undefined;
  if (pointed !== from && pointed !== placeholder.digest) return MOVED;
  if (pointed === from) {
    await proveDeletable(client, repository, signal);
    if (tagsOf(await readTagHeads(client, repository, signal), from).length < 2)
      return `stays: no other tag keeps ${shortDigest(from)}, and some registries drop what has none`;
    if ((await replaceTagged(retagging, { repository, tag, before: from }, placeholder, signal)) === "moved") return MOVED;
  }
  await deletePlaceholder(retagging, tag, from, placeholder.digest);
  return undefined;
}

/** Never leaves the placeholder under a tag that people pull. */
async function deletePlaceholder(retagging: Retagging, tag: Tag, from: Digest, placeholder: Digest): Promise<void> {
  const { client, action, signal } = retagging;
  const { repository } = action.image;
  try {
    await client.deleteManifest(repository, placeholder, signal);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.retryable) throw error;
    const manifest = await client.manifest(repository, from, signal);
    if (manifest !== undefined) await replaceTagged(retagging, { repository, tag, before: placeholder }, manifest, signal);
    throw error;
  }
}

/** The same for each try of one action, and for nothing else. An index of nothing needs no contents. */
function placeholderOf({ id }: RetagAction, tag: Tag) {
  const annotations = { "dev.moorgate.removes": tag, "dev.moorgate.action": id };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations }));
  return { bytes, mediaType: OCI_INDEX, digest: digestOf(bytes) };
}

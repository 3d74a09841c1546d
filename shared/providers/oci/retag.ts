import type { RetagAction, TagChange } from "../../domain/action.ts";
import { algorithmOf, type Digest, shortDigest } from "../../domain/digest.ts";
import type { Tag } from "../../domain/image-ref.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { RetagResult } from "../../ports/registry.ts";
import { inParallel } from "./in-parallel.ts";
import { replaceTagged, type Writing } from "./replace-tagged.ts";
import type { RepositoryReader } from "./repository-reader.ts";
import { tagsOf } from "./tag-heads.ts";
import { placeholderOf, takeTag } from "./take-tag.ts";

interface Retagging extends Writing {
  readonly reader: RepositoryReader;
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

/** The last tag is not taken. */
async function remove(retagging: Retagging, tag: Tag, from: Digest): Promise<LeftBecause> {
  const { client, reader, action, signal } = retagging;
  const { repository } = action.image;
  const pointed = await client.resolve(repository, tag, signal);
  if (pointed === undefined) return undefined;
  if (pointed !== from && pointed !== placeholderOf(action.id, tag).digest) return MOVED;
  if (pointed === from && tagsOf(await reader.headsAbout(repository, [from], signal), from).length < 2)
    return `stays: no other tag keeps ${shortDigest(from)}, and some registries drop what has none`;
  return (await takeTag(retagging, { repository, tag, from, action: action.id }, signal)) === "moved" ? MOVED : undefined;
}

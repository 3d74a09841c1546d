import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey, Tag } from "../domain/image-ref.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";

/**
 * Tags that point here now: those known before and the one just announced, each asked for. The tags of a held image went with it and are
 * remembered, unless somebody gave them to another image.
 */
export async function currentTags(
  watched: WatchedRegistry,
  key: ImageKey,
  record: ImageRecord | undefined,
  announced: Tag | undefined,
  signal?: AbortSignal,
): Promise<readonly Tag[]> {
  const known = [...new Set([...(record?.tags ?? []), ...(announced === undefined ? [] : [announced])])];
  const resolved = await Promise.all(known.map((tag) => watched.registry.resolve(key.repository, tag, signal)));
  const isHeld = record?.hold.kind === "held";
  return known.filter((_, place) => resolved[place] === key.digest || (isHeld && resolved[place] === undefined)).sort();
}

/**
 * Whether its repository serves an image in a way that its hold should have shut. `found`: whether it can be read there by its digest, which only says
 * so where digests are shut. `tags`: those that it has or had.
 */
export async function isServed(
  { registry }: WatchedRegistry,
  { repository, digest }: ImageKey,
  record: ImageRecord | undefined,
  found: boolean,
  tags: readonly Tag[],
  signal?: AbortSignal,
): Promise<boolean> {
  if (record === undefined || record.hold.kind === "free") return found;
  switch (registry.capabilities.hold.mechanism) {
    case "native-block":
    case "move":
      return found;
    case "untag":
      return (await Promise.all(tags.map((tag) => registry.resolve(repository, tag, signal)))).includes(digest);
    case "none":
      return false;
  }
}

/**
 * Tags that an image is judged by: those that point at it but the gate's marks, and those that were rolled back from it and that nobody has moved since. Else
 * taking a tag away would make an image comply which the rules for that tag are against.
 */
export async function tagsToJudge(
  { registry }: WatchedRegistry,
  key: ImageKey,
  record: ImageRecord | undefined,
  tags: readonly Tag[],
  signal?: AbortSignal,
): Promise<readonly Tag[]> {
  const standing = record?.retagged?.standing ?? [];
  if (standing.length === 0) return tags;
  const marks = new Set(standing.filter(({ purpose }) => purpose === "mark").map(({ tag }) => tag));
  const moved = standing.filter(({ purpose }) => purpose === "roll-back");
  const heads = await Promise.all(moved.map(({ tag }) => registry.resolve(key.repository, tag, signal)));
  const stillMoved = moved.filter(({ to }, place) => heads[place] === to).map(({ tag }) => tag);
  return [...new Set([...tags.filter((tag) => !marks.has(tag)), ...stillMoved])].sort();
}

/** Images that had the tag when they were last looked at; those held keep the memory of theirs. */
export async function holders(
  deps: GateDeps,
  { registry, repository }: Pick<ImageKey, "registry" | "repository">,
  tag: Tag,
): Promise<readonly ImageRecord[]> {
  const { items } = await deps.ledger.images({ registry, repository, words: [tag], limit: 50 });
  return items.filter((record) => record.tags.includes(tag) && record.hold.kind === "free");
}

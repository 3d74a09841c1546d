import type { ImageRecord } from "../domain/image-record.ts";
import { type ImageKey, printImageKey, type RepositoryKey, type Tag } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { isNamedByServed, type LinkDeps } from "./parts.ts";

/** A tag that an event told of, and when the event came. */
export interface Announced {
  readonly tag?: Tag | undefined;
  readonly at: Instant;
}

/**
 * Of the tags known before and the one just announced, each asked for. The tags of a held image are remembered, unless somebody gave them to
 * another image; so is one that came in the moment of its hold and is announced afterwards.
 */
export async function currentTags(
  deps: GateDeps,
  watched: WatchedRegistry,
  key: ImageKey,
  record: ImageRecord | undefined,
  announced: Announced,
  signal?: AbortSignal,
): Promise<readonly Tag[]> {
  const known = [...new Set([...(record?.tags ?? []), ...(announced.tag === undefined ? [] : [announced.tag])])];
  const resolved = await Promise.all(known.map((tag) => watched.registry.resolve(key.repository, tag, signal)));
  const seen = known.filter((_, place) => resolved[place] === key.digest);
  const away = record?.hold.kind === "held" ? known.filter((_, place) => resolved[place] === undefined) : [];
  const remembered: Tag[] = [];
  for (const tag of away)
    if (record?.tags.includes(tag) === true || (await wentAlong(deps, key, tag, announced.at, record))) remembered.push(tag);
  return [...seen, ...remembered].sort();
}

/** Whether a tag that nobody knew of can have gone with a hold: what was announced before the hold was planned, the plan would have found. */
async function wentAlong(deps: GateDeps, key: ImageKey, tag: Tag, at: Instant, record: ImageRecord | undefined): Promise<boolean> {
  const action = record?.hold.kind === "held" ? (await deps.ledger.action(record.hold.actionId))?.action : undefined;
  if (action === undefined || at < action.plannedAt) return false;
  return (await heldUnder(deps, key, tag)).length === 0;
}

/**
 * Whether its repository serves an image in a way that its hold should have shut. `found`: whether it can be read there by its digest, which only says
 * so where digests are shut. `tags`: those that it has or had.
 */
export async function isServed(
  deps: LinkDeps,
  { registry }: WatchedRegistry,
  record: ImageRecord | undefined,
  found: boolean,
  tags: readonly Tag[],
  signal?: AbortSignal,
): Promise<boolean> {
  if (record === undefined || record.hold.kind === "free") return found;
  const { repository, digest } = record.key;
  const isTagged = async (): Promise<boolean> =>
    (await Promise.all(tags.map((tag) => registry.resolve(repository, tag, signal)))).includes(digest);
  switch (registry.capabilities.hold.mechanism) {
    case "native-block":
    case "move":
      return isOtherThanHeld(record, record.override?.kind !== "hold" && (await isNamedByServed(deps, record.key)), found, isTagged);
    case "untag":
      return isTagged();
    case "none":
      return false;
  }
}

/** Whether the hold is not as it is to be now: by the tags alone where an index that is served names the image, by its digest where none does. */
async function isOtherThanHeld(
  { hold }: ImageRecord,
  isNamed: boolean,
  found: boolean,
  isTagged: () => Promise<boolean>,
): Promise<boolean> {
  if (!isNamed) return found;
  return hold.kind === "held" && hold.only === "tags" && found ? isTagged() : true;
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
export async function holders(deps: GateDeps, place: RepositoryKey, tag: Tag): Promise<readonly ImageRecord[]> {
  return (await thoseWith(deps, place, tag)).filter((record) => record.hold.kind === "free");
}

/** Images that are held, or about to be, and keep the tag in mind. */
async function heldUnder(deps: GateDeps, place: RepositoryKey, tag: Tag): Promise<readonly ImageRecord[]> {
  return (await thoseWith(deps, place, tag)).filter(({ hold, pending }) => hold.kind === "held" || pending?.verb === "hold");
}

/**
 * A held image keeps its tags in mind until another image is seen under one: from then on it is that one's, also when that one is held in turn.
 * Only while the tag is seen can that be told, so it is written at once.
 */
export async function takeOver(deps: GateDeps, before: ImageRecord | undefined, after: ImageRecord): Promise<void> {
  for (const tag of after.tags.filter((each) => before?.tags.includes(each) !== true)) {
    for (const held of await heldUnder(deps, after.key, tag)) {
      if (held.key.digest === after.key.digest) continue;
      const image = { ...held, version: held.version + 1, tags: held.tags.filter((each) => each !== tag) };
      const result = await deps.ledger.commit({ image, intents: [], outcomes: [], journal: [] });
      if (result === "conflict")
        deps.log.info("A held image changed while its tag went to another one.", { image: printImageKey(held.key) });
    }
  }
}

async function thoseWith(deps: GateDeps, { registry, repository }: RepositoryKey, tag: Tag): Promise<readonly ImageRecord[]> {
  return (await deps.ledger.images({ registry, repository, tag, limit: 50 })).items;
}

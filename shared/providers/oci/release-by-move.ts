import type { MovedManifest } from "../../domain/action.ts";
import { type Digest, referrersTag } from "../../domain/digest.ts";
import { heldTag, isHeldTag } from "../../domain/held-tag.ts";
import { isTag, type Tag } from "../../domain/image-ref.ts";
import { type IndexManifest, isIndexType, isRunnable } from "../../domain/manifest.ts";
import type { ActResult } from "../../ports/registry.ts";
import { type Act, gone, presentIn, withRole } from "./act.ts";
import { carry, MOST_NESTED } from "./carry.ts";
import { deleteAll } from "./delete-all.ts";
import { inParallel } from "./in-parallel.ts";
import { putBackTags } from "./put-tags.ts";
import { mergeLists } from "./referrer-list.ts";
import { otherIndexes, readHeads } from "./tag-heads.ts";
import { unlessUnreadable } from "./unreadable.ts";

/**
 * Puts an image back as it was: contents first, tags when all is there, and only then the copies go. Looks before each step, so it may be
 * cut off anywhere and run again.
 */
export async function releaseByMove(planned: Act): Promise<ActResult> {
  const family = { ...planned, manifests: [...planned.manifests, ...(await copiedAlong(planned))] };
  const move = { ...family, manifests: [...family.manifests, ...(await attachedSince(family))] };
  const { client, action, source, quarantine, signal } = move;
  for (const role of ["child", "subject", "referrer"] as const) {
    for (const manifest of withRole(move.manifests, role)) await putBack(move, manifest);
  }
  if ((await client.resolve(source, action.image.digest, signal)) === undefined) throw gone(move);
  const blocked = (await inParallel(listTags(move), async (tag) => ((await putBackList(move, tag)) ? [] : [tag]))).flat();
  const names = await Array.fromAsync(client.tags(quarantine, signal));
  await putBackTags(move, names);
  await clear(move, names, blocked);
  return { strength: "advisory", notes: move.notes };
}

/** Children that stayed in their repository, for something else needs them, and were copied because the index names them. */
async function copiedAlong(move: Act, digest: Digest = move.action.image.digest, depth = 0): Promise<readonly MovedManifest[]> {
  const { client, source, quarantine, manifests, signal } = move;
  if (depth > MOST_NESTED) return [];
  const index = (await client.manifest(quarantine, digest, signal)) ?? (await client.manifest(source, digest, signal));
  if (index?.kind !== "index") return [];
  const found = await inParallel(index.manifests, async (child): Promise<readonly MovedManifest[]> => {
    const inner = isIndexType(child.mediaType) ? await copiedAlong(move, child.digest, depth + 1) : [];
    const isPlanned = manifests.some((manifest) => manifest.digest === child.digest);
    if (isPlanned || (await client.resolve(quarantine, child.digest, signal)) === undefined) return inner;
    return [{ digest: child.digest, mediaType: child.mediaType, role: "child", tags: [] }, ...inner];
  });
  return found.flat();
}

/**
 * Signatures and reports that were attached to the image while it lay in quarantine. What a container runtime could run lies there because it is held for
 * itself, whatever it says that it refers to.
 */
export async function attachedSince({ client, quarantine, manifests, signal }: Act): Promise<readonly MovedManifest[]> {
  const lists = await inParallel(familyOf(manifests), ({ digest }) => unlessUnreadable(client.referrers(quarantine, digest, signal)));
  const known = new Set(manifests.map(({ digest }) => digest));
  return lists
    .flatMap((list) => list ?? [])
    .filter(({ manifest }) => !known.has(manifest.digest) && !isRunnable(manifest))
    .map(({ manifest: { digest, mediaType }, tag }) => ({ digest, mediaType, role: "referrer", tags: tag === undefined ? [] : [tag] }));
}

function familyOf(manifests: readonly MovedManifest[]): readonly MovedManifest[] {
  return [...withRole(manifests, "subject"), ...withRole(manifests, "child")];
}

async function putBack({ client, source: to, quarantine: from, notes, signal }: Act, { digest, role }: MovedManifest): Promise<void> {
  if ((await carry({ client, from, to, signal }, digest)) !== "absent") return;
  // Without the subject nothing can be put back, which the caller finds.
  if (role !== "subject") notes.push(`${role} ${digest} is not in quarantine any more`);
}

/** Fallback tags of the subject and the children, also where the plan knew of no list. */
function listTags({ manifests }: Act): readonly Tag[] {
  return familyOf(manifests)
    .map(({ digest }) => referrersTag(digest))
    .filter(isTag);
}

/**
 * A signature that came while the image was held has begun a new list; all lists become one again.
 * @returns false where somebody put something else in the list's place
 */
async function putBackList({ client, manifests, source, quarantine, notes, signal }: Act, tag: Tag): Promise<boolean> {
  const planned = withRole(manifests, "referrers-index").filter(({ tags }) => tags.includes(tag));
  const current = await client.resolve(quarantine, tag, signal);
  const digests = [...planned.map(({ digest }) => digest), ...(current === undefined ? [] : [current])];
  const found = await inParallel(digests, (digest) => client.manifest(quarantine, digest, signal));
  const lists = found.filter((list) => list?.kind === "index");
  const merged = await mergeLists(client, source, tag, lists, signal);
  if (!merged) notes.push(`tag ${tag} holds something else than a list of referrers: left alone, the list stays in quarantine`);
  return merged;
}

/** Copies are deleted where the original is seen in its place. What another held index names stays. */
async function clear(move: Act, names: readonly Tag[], blocked: readonly Tag[]): Promise<void> {
  const copies = await presentIn(move, move.quarantine);
  if (copies.length === 0) return;
  const needed = await neededByOthers(move, copies, names);
  const restored = new Set((await presentIn(move, move.source)).map(({ digest }) => digest));
  const lists = withRole(copies, "referrers-index").filter(({ tags }) => !tags.some((tag) => blocked.includes(tag)));
  const going = [...lists.map(({ digest }) => digest), ...(await listsNow(move, blocked))];
  for (const role of ["referrer", "subject", "child"] as const) {
    for (const { digest } of withRole(copies, role)) {
      const index = needed.get(digest);
      if (index !== undefined) await keepFor(move, digest, index);
      else if (restored.has(digest)) going.push(digest);
    }
  }
  await drop(move, going);
}

/** The copy stays for an index that is held, and is itself not held any more: its name, which said so, is given to the index, as no registry drops that. */
async function keepFor({ client, quarantine, signal }: Act, digest: Digest, { bytes, mediaType }: IndexManifest): Promise<void> {
  const name = heldTag(digest);
  if (name === undefined || (await client.resolve(quarantine, name, signal)) !== digest) return;
  await client.putManifest(quarantine, bytes, mediaType, name, signal);
}

/** What an index that stays held names. Every held index has its own tag in quarantine; mostly there is none but this one, and nothing is asked. */
async function neededByOthers(
  { client, quarantine, signal }: Act,
  copies: readonly MovedManifest[],
  names: readonly Tag[],
): Promise<ReadonlyMap<Digest, IndexManifest>> {
  const own = new Set(copies.map(({ digest }) => digest));
  const ownTags = [...own].map(heldTag);
  const others = names.filter((name) => isHeldTag(name) && !ownTags.includes(name));
  const indexes = await otherIndexes(client, quarantine, await readHeads(client, quarantine, others, signal), own, signal);
  return new Map(indexes.flatMap((index) => index.manifests.map((child) => [child.digest, index] as const)));
}

/** Lists that stand under the fallback tags in quarantine, but for those that were not put back. */
async function listsNow(move: Act, blocked: readonly Tag[]): Promise<readonly Digest[]> {
  const { client, quarantine, signal } = move;
  const free = listTags(move).filter((tag) => !blocked.includes(tag));
  return (await inParallel(free, async (tag) => (await client.resolve(quarantine, tag, signal)) ?? [])).flat();
}

/** A copy that cannot be deleted harms nothing. */
async function drop({ client, quarantine, notes, signal }: Act, digests: readonly Digest[]): Promise<void> {
  const stay = await deleteAll(client, quarantine, [...new Set(digests)], signal, ["conflict", "unsupported"]);
  for (const digest of stay) notes.push(`the copy of ${digest} in quarantine could not be deleted`);
}

import type { MovedManifest } from "../../domain/action.ts";
import type { Digest } from "../../domain/digest.ts";
import { heldTag } from "../../domain/held-tag.ts";
import type { Tag } from "../../domain/image-ref.ts";
import { isIndexType } from "../../domain/manifest.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { ActResult } from "../../ports/registry.ts";
import { type Act, gone, isIn, presentIn, withRole } from "./act.ts";
import { type Carried, carry } from "./carry.ts";
import { deleteAll } from "./delete-all.ts";
import { inParallel } from "./in-parallel.ts";
import { keepLateTags, lateTagsOf } from "./late-tags.ts";
import { probed } from "./probed.ts";
import { mergeLists } from "./referrer-list.ts";
import { type TagHeads, tagsOf } from "./tag-heads.ts";
import { unlessUnreadable } from "./unreadable.ts";

/** Pushed again that often during the move, the rest is left to the next event. */
const MOST_ROUNDS = 3;

/**
 * Moves an image out of reach: everything is copied to the quarantine and seen there before the first thing is deleted. Looks before each
 * step, so it may be cut off anywhere and run again.
 */
export async function holdByMove(act: Act): Promise<ActResult> {
  let isServed = true;
  // What was cut off is finished in the first round; later ones are for what was pushed again meanwhile.
  for (let round = 0; round < MOST_ROUNDS && isServed; round += 1) {
    const present = await presentIn(act, act.source);
    if (withRole(present, "subject").length === 0 && !(await isIn(act, act.quarantine))) throw gone(act);
    await remove(act, await copy(act, present));
    isServed = await isIn(act, act.source);
  }
  await noteChildren(act);
  if (isServed) act.notes.push("it was pushed again each time that it was moved: it can still be pulled");
  return probed(act, "hidden");
}

/** @returns what lies in quarantine now; only that may be deleted. */
async function copy(act: Act, present: readonly MovedManifest[]): Promise<readonly MovedManifest[]> {
  const copied: MovedManifest[] = [];
  for (const role of ["child", "subject", "referrer", "referrers-index"] as const) {
    for (const manifest of withRole(present, role)) if (await copyOne(act, manifest)) copied.push(manifest);
  }
  return copied;
}

async function copyOne(act: Act, manifest: MovedManifest): Promise<boolean> {
  const { client, source: from, quarantine: to, notes, signal } = act;
  const as = heldTag(manifest.digest);
  const copying = carry({ client, from, to, signal, as }, manifest.digest).then((carried) => keep(act, manifest, carried));
  if (manifest.role === "subject" || manifest.role === "child") {
    await copying;
    return true;
  }
  if ((await unlessUnreadable(copying.then(() => true))) === true) return true;
  notes.push(`${manifest.role} ${manifest.digest} stays: it is not whole or cannot be read`);
  return false;
}

/** Under a tag, so that the quarantine's garbage collection leaves it; under its own as well where verifiers look for that. */
async function keep(act: Act, { digest, role, tags }: MovedManifest, carried: Carried): Promise<void> {
  const { client, quarantine, signal } = act;
  const isFamily = role === "subject" || role === "child";
  if (carried === "carried" && isFamily && (await client.resolve(quarantine, digest, signal)) !== undefined) return;
  const manifest = await client.manifest(quarantine, digest, signal);
  if (manifest === undefined) throw new AdapterError("unreachable", `${quarantine}: ${digest} was stored and is not there`);
  for (const tag of namesIn(role, digest, tags)) {
    const isThere = (await client.resolve(quarantine, tag, signal)) === digest;
    if (!isThere) await client.putManifest(quarantine, manifest.bytes, manifest.mediaType, tag, signal);
  }
  if (role !== "referrers-index" || manifest.kind !== "index") return;
  for (const tag of tags) await mergeLists(client, quarantine, tag, [manifest], signal);
}

/** Names of a copy in quarantine, but for lists of referrers, whose own names are shared with other lists. */
function namesIn(role: MovedManifest["role"], digest: Digest, tags: readonly Tag[]): readonly Tag[] {
  const held = heldTag(digest);
  if (held === undefined) return [];
  return role === "referrer" ? [held, ...tags] : [held];
}

/** An index goes before its children, and a list before what it names, for some registries refuse the other order. */
async function remove(act: Act, present: readonly MovedManifest[]): Promise<void> {
  const { client, reader, action, source, signal } = act;
  const heads = await reader.tagHeads(source, signal);
  const late = lateTagsOf(act, heads);
  await keepLateTags(act, late, late.length === 0 ? undefined : await client.manifest(source, action.image.digest, signal));
  await deleteSubject(act);
  const parts = (["child", "referrers-index", "referrer"] as const).flatMap((role) => withRole(present, role));
  const going = parts.filter((part) => !isTagged(act, part, heads)).map(({ digest }) => digest);
  for (const digest of await deleteAll(client, source, going, signal)) {
    act.left.add(digest);
    const role = parts.find((part) => part.digest === digest)?.role ?? "";
    act.notes.push(`${role} ${digest} stays: the registry says that something else needs it`);
  }
}

async function deleteSubject({ client, action, source, signal }: Act): Promise<void> {
  try {
    await client.deleteManifest(source, action.image.digest, signal);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "unsupported") throw error;
    throw new AdapterError("unsupported", error.message, {
      cause: error,
      mend: "let the registry delete manifests; in distribution: storage.delete.enabled: true",
    });
  }
}

/** What got a tag of its own meanwhile has become an image of its own. */
function isTagged({ notes, left }: Act, { digest, role, tags }: MovedManifest, heads: TagHeads): boolean {
  const own = tagsOf(heads, digest).filter((tag) => !tags.includes(tag));
  if (own.length === 0) return false;
  left.add(digest);
  notes.push(`${role} ${digest} stays: tag ${own.join(", ")} points at it now`);
  return true;
}

/** Children that were left because something else needs them can still be pulled by those who know their digest. */
async function noteChildren({ client, action, source, quarantine, manifests, notes, signal }: Act): Promise<void> {
  if (!withRole(manifests, "subject").some(({ mediaType }) => isIndexType(mediaType))) return;
  const subject = await client.manifest(quarantine, action.image.digest, signal);
  if (subject?.kind !== "index") return;
  const left = subject.manifests.filter((child) => manifests.every(({ digest }) => digest !== child.digest));
  const served = await inParallel(left, async ({ digest }) =>
    (await client.resolve(source, digest, signal)) === undefined ? [] : [digest],
  );
  for (const digest of served.flat()) notes.push(`child ${digest} stays: another image needs it, or it is one of its own`);
}

import type { MovedManifest } from "../../domain/action.ts";
import { type Digest, referrersTag } from "../../domain/digest.ts";
import { heldTag } from "../../domain/held-tag.ts";
import type { Repository } from "../../domain/image-ref.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { ActResult } from "../../ports/registry.ts";
import { type Act, isIn, presentIn, withRole } from "./act.ts";
import { deleteAll } from "./delete-all.ts";
import { attachedSince } from "./release-by-move.ts";
import { childrenOfOthers, isNameOf, type Reading, readTagHeads, type TagHeads, tagsOf } from "./tag-heads.ts";
import { unlessUnreadable } from "./unreadable.ts";

/**
 * Deletes from quarantine what a hold moved there: the image first, then its parts, and lists before what they name, for registries protect what an index names. Looks before each
 * step, so it may be cut off anywhere and run again. Never touches the image's own repository.
 */
export async function deleteMoved(planned: Act): Promise<ActResult> {
  const act = { ...planned, manifests: [...planned.manifests, ...(await attachedSince(planned))] };
  const { client, action, source, quarantine, signal } = act;
  const { digest } = action.image;
  const copies = await presentIn(act, quarantine);
  const heads = await readTagHeads(client, quarantine, signal, strictly);
  const served = await readTagHeads(client, source, signal, strictly);
  const needed = await namedByOthers(act, copies, [
    [quarantine, heads],
    [source, served],
  ]);
  if (withRole(copies, "subject").length > 0) {
    await refuseUnlessAway(act, needed);
    await refuseWhereReferredTo(act, copies, served);
    await client.deleteManifest(quarantine, digest, signal);
  }
  const children = withRole(copies, "child").filter((child) => !isNeeded(act, child, needed));
  const family = [digest, ...children.map((child) => child.digest)];
  await drop(
    act,
    "child",
    children.map((child) => child.digest),
  );
  await dropLists(act, family, heads);
  for (const role of ["referrers-index", "referrer"] as const) {
    for (const manifest of withRole(copies, role))
      if (await isOfFamily(act, manifest, family, heads)) await drop(act, role, [manifest.digest]);
  }
  return { strength: "hidden", notes: [...new Set(act.notes)] };
}

/** @throws AdapterError conflict while the bytes can be pulled, or belong to something else that is held. */
async function refuseUnlessAway(act: Act, needed: ReadonlySet<Digest>): Promise<void> {
  const { action, source } = act;
  if (await isIn(act, source)) throw new AdapterError("conflict", `${source} serves ${action.image.digest}: it is not deleted`);
  if (needed.has(action.image.digest))
    throw new AdapterError("conflict", `an index in ${source} or in quarantine needs ${action.image.digest}: it is not deleted`);
}

/** @throws AdapterError conflict where something would be left that refers to nothing: what came after the hold, or would not go with it. */
async function refuseWhereReferredTo({ client, source, signal }: Act, copies: readonly MovedManifest[], served: TagHeads): Promise<void> {
  const names = new Set(served.keys());
  for (const { digest } of [...withRole(copies, "subject"), ...withRole(copies, "child")]) {
    const [first] = await client.referrers(source, digest, signal, names);
    if (first !== undefined)
      throw new AdapterError("conflict", `${source} serves ${first.manifest.digest}, which refers to ${digest}: it is not deleted`, {
        mend: "delete that there, or hold the image by hand to keep it",
      });
  }
}

/** Children of all indexes of both places but of the image itself: an index that is served may have a child in quarantine alone. */
async function namedByOthers(
  { client, signal }: Act,
  copies: readonly MovedManifest[],
  places: readonly (readonly [Repository, TagHeads])[],
): Promise<ReadonlySet<Digest>> {
  const own = new Set(copies.map(({ digest }) => digest));
  const named = await Promise.all(places.map(([repository, heads]) => childrenOfOthers(client, repository, heads, own, signal, strictly)));
  return new Set(named.flatMap((digests) => [...digests]));
}

/** What cannot be read might name anything: nothing is deleted then. */
const strictly: Reading = (reading) => reading;

function isNeeded({ notes }: Act, { digest }: MovedManifest, needed: ReadonlySet<Digest>): boolean {
  if (needed.has(digest)) notes.push(`child ${digest} stays: another image needs it`);
  return needed.has(digest);
}

/** What refers to something that goes, by its content or by a tag of older tools, and by no other name. */
async function isOfFamily(
  { client, quarantine, notes, signal }: Act,
  { digest, role }: MovedManifest,
  family: readonly Digest[],
  heads: TagHeads,
): Promise<boolean> {
  const isNamedByOthers = tagsOf(heads, digest).some((tag) => tag !== heldTag(digest) && !isNameOf(tag, family));
  const manifest = role === "referrer" ? await unlessUnreadable(client.manifest(quarantine, digest, signal)) : undefined;
  const subject = manifest?.subject?.digest;
  const isOther = isNamedByOthers || (subject !== undefined && !family.includes(subject));
  if (isOther) notes.push(`${role} ${digest} stays: another held image needs it`);
  return !isOther;
}

/** Lists of referrers that began while the image was held; the plan knew of others. Two lists of the same bytes are one manifest. */
async function dropLists(act: Act, family: readonly Digest[], heads: TagHeads): Promise<void> {
  const lists = new Set([...heads].filter(([tag]) => family.some((digest) => tag === referrersTag(digest))).map(([, head]) => head.digest));
  for (const digest of lists) {
    const isOurs = tagsOf(heads, digest).every((tag) => tag === heldTag(digest) || isNameOf(tag, family));
    if (isOurs) await drop(act, "referrers-index", [digest]);
  }
}

async function drop({ client, quarantine, notes, signal }: Act, role: MovedManifest["role"], digests: readonly Digest[]): Promise<void> {
  for (const digest of await deleteAll(client, quarantine, digests, signal))
    notes.push(`${role} ${digest} stays: the registry says that something else needs it`);
}

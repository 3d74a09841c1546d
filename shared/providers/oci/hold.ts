import type { MoveAction, MovedManifest } from "../../domain/action.ts";
import type { Digest } from "../../domain/digest.ts";
import { heldTag, lateTag } from "../../domain/held-tag.ts";
import { printImageKey, type Repository, type Tag } from "../../domain/image-ref.ts";
import { isIndexType } from "../../domain/manifest.ts";
import { provenStrength } from "../../domain/proven-strength.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { ActResult } from "../../ports/registry.ts";
import { type Carried, carry } from "./carry.ts";
import { inParallel } from "./in-parallel.ts";
import { quarantineOf } from "./place.ts";
import { probe } from "./probe.ts";
import type { Puller } from "./pullers.ts";
import { mergeLists } from "./referrer-list.ts";
import { readTagHeads, type TagHeads, tagsOf } from "./tag-heads.ts";
import { unlessUnreadable } from "./unreadable.ts";

/** Pushed again that often during the move, the rest is left to the next event. */
const MOST_ROUNDS = 3;
const AS_GATE = "no puller is set for this registry: it was probed with the gate's own account, which may see more than others or less";

export interface Move {
  readonly client: RegistryClient;
  readonly action: MoveAction;
  /** The repository that the image is pulled from. */
  readonly source: Repository;
  readonly quarantine: Repository;
  readonly pullers: readonly [Puller, ...Puller[]];
  readonly manifests: readonly MovedManifest[];
  /** Grows as the move goes on. */
  readonly notes: string[];
  /** Grows with what is left where it is, for it has become an image of its own or something else needs it. */
  readonly left: Set<Digest>;
  readonly signal: AbortSignal | undefined;
}

export function moveOf(
  deps: { readonly client: RegistryClient; readonly quarantine: string; readonly pullers: readonly [Puller, ...Puller[]] },
  action: MoveAction,
  signal: AbortSignal | undefined,
): Move {
  const source = action.image.repository;
  const quarantine = action.before.quarantine ?? quarantineOf(deps.quarantine, source);
  const { client, pullers } = deps;
  return { client, action, source, quarantine, pullers, manifests: action.before.manifests, notes: [], left: new Set(), signal };
}

/**
 * Moves an image out of reach: everything is copied to the quarantine and seen there before the first thing is deleted. Looks before each
 * step, so it may be cut off anywhere and run again.
 */
export async function hold(move: Move): Promise<ActResult> {
  let isServed = true;
  // What was cut off is finished in the first round; later ones are for what was pushed again meanwhile.
  for (let round = 0; round < MOST_ROUNDS && isServed; round += 1) {
    const present = await presentIn(move, move.source);
    if (withRole(present, "subject").length === 0 && !(await isIn(move, move.quarantine))) throw gone(move);
    await remove(move, await copy(move, present));
    isServed = await isIn(move, move.source);
  }
  return probed(move, isServed);
}

async function isIn({ client, action, signal }: Move, repository: Repository): Promise<boolean> {
  return (await client.resolve(repository, action.image.digest, signal)) !== undefined;
}

export function gone({ action }: Move): AdapterError {
  return new AdapterError("not-found", `${printImageKey(action.image)}: it is neither in its repository nor in quarantine`);
}

/** Which of the action's manifests a repository has now. */
export async function presentIn({ client, manifests, signal }: Move, repository: Repository): Promise<readonly MovedManifest[]> {
  const found = await inParallel(manifests, async (manifest) => {
    return (await client.resolve(repository, manifest.digest, signal)) === undefined ? [] : [manifest];
  });
  return found.flat();
}

export function withRole(manifests: readonly MovedManifest[], role: MovedManifest["role"]): readonly MovedManifest[] {
  return manifests.filter((manifest) => manifest.role === role);
}

/** @returns what lies in quarantine now; only that may be deleted. */
async function copy(move: Move, present: readonly MovedManifest[]): Promise<readonly MovedManifest[]> {
  const copied: MovedManifest[] = [];
  for (const role of ["child", "subject", "referrer", "referrers-index"] as const) {
    for (const manifest of withRole(present, role)) if (await copyOne(move, manifest)) copied.push(manifest);
  }
  return copied;
}

async function copyOne(move: Move, manifest: MovedManifest): Promise<boolean> {
  const { client, source: from, quarantine: to, notes, signal } = move;
  const as = heldTag(manifest.digest);
  const copying = carry({ client, from, to, signal, as }, manifest.digest).then((carried) => keep(move, manifest, carried));
  if (manifest.role === "subject" || manifest.role === "child") {
    await copying;
    return true;
  }
  if ((await unlessUnreadable(copying.then(() => true))) === true) return true;
  notes.push(`${manifest.role} ${manifest.digest} stays: it is not whole or cannot be read`);
  return false;
}

/** Under a tag, so that the quarantine's garbage collection leaves it; under its own as well where verifiers look for that. */
async function keep(move: Move, { digest, role, tags }: MovedManifest, carried: Carried): Promise<void> {
  const { client, quarantine, signal } = move;
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

/** An index goes before its children, for some registries refuse the other order. */
async function remove(move: Move, present: readonly MovedManifest[]): Promise<void> {
  const heads = await readTagHeads(move.client, move.source, move.signal);
  await keepLateTags(move, heads);
  await deleteSubject(move);
  for (const role of ["child", "referrer", "referrers-index"] as const) {
    for (const manifest of withRole(present, role)) await deleteUnlessTagged(move, manifest, heads);
  }
}

/** Tags that came after the plan go with the digest, so they are written down beside it. */
async function keepLateTags({ client, action, source, quarantine, notes, signal }: Move, heads: TagHeads): Promise<void> {
  const { image, before } = action;
  const late = tagsOf(heads, image.digest).filter((tag) => !before.tags.includes(tag));
  if (late.length === 0) return;
  const manifest = await client.manifest(source, image.digest, signal);
  for (const tag of late) {
    const kept = lateTag(image.digest, tag);
    if (manifest !== undefined && kept !== undefined)
      await client.putManifest(quarantine, manifest.bytes, manifest.mediaType, kept, signal);
    notes.push(`tag ${tag} was put on it after the plan and went with it${kept === undefined ? "; it will not come back by itself" : ""}`);
  }
}

async function deleteSubject({ client, action, source, signal }: Move): Promise<void> {
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

/** What got a tag of its own meanwhile has become an image of its own. What something else needs, some registries refuse to delete. */
async function deleteUnlessTagged(
  { client, source, notes, left, signal }: Move,
  { digest, role, tags }: MovedManifest,
  heads: TagHeads,
): Promise<void> {
  const own = tagsOf(heads, digest).filter((tag) => !tags.includes(tag));
  if (own.length > 0) {
    left.add(digest);
    notes.push(`${role} ${digest} stays: tag ${own.join(", ")} points at it now`);
    return;
  }
  try {
    await client.deleteManifest(source, digest, signal);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "conflict") throw error;
    left.add(digest);
    notes.push(`${role} ${digest} stays: the registry says that something else needs it`);
  }
}

/** Looks at the image as somebody who pulls it would. */
async function probed(move: Move, isServed: boolean): Promise<ActResult> {
  const { pullers, action, source, manifests, notes, left, signal } = move;
  const { image, before } = action;
  const children = withRole(manifests, "child")
    .map(({ digest }) => digest)
    .filter((digest) => !left.has(digest));
  const { probes, movedTags } = await probe(pullers, { repository: source, digest: image.digest, tags: before.tags, children }, signal);
  for (const tag of movedTags) notes.push(`tag ${tag} points elsewhere now: left alone`);
  await noteChildren(move);
  if (isServed) notes.push("it was pushed again each time that it was moved: it can still be pulled");
  if (pullers[0].isGate) notes.push(AS_GATE);
  return { strength: provenStrength("hidden", probes), probes, notes: [...new Set(notes)] };
}

/** Children that were left because something else needs them can still be pulled by those who know their digest. */
async function noteChildren({ client, action, source, quarantine, manifests, notes, signal }: Move): Promise<void> {
  if (!withRole(manifests, "subject").some(({ mediaType }) => isIndexType(mediaType))) return;
  const subject = await client.manifest(quarantine, action.image.digest, signal);
  if (subject?.kind !== "index") return;
  const left = subject.manifests.filter((child) => manifests.every(({ digest }) => digest !== child.digest));
  const served = await inParallel(left, async ({ digest }) =>
    (await client.resolve(source, digest, signal)) === undefined ? [] : [digest],
  );
  for (const digest of served.flat()) notes.push(`child ${digest} stays: another image needs it, or it is one of its own`);
}

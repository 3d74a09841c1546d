import type { Actor, Before, MovedManifest } from "../domain/action.ts";
import type { Digest } from "../domain/digest.ts";
import type { HoldState, ImageRecord } from "../domain/image-record.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import { asksForHold } from "../domain/verdict.ts";
import type { Step } from "../enforcement/plan.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import type { Judged } from "./judge.ts";

/** Children that another index needs which is neither held nor against the policy. */
export async function sharedChildren(deps: GateDeps, { key, children }: ImageRecord): Promise<ReadonlySet<Digest>> {
  const shared = new Set<Digest>();
  for (const digest of children) {
    const parents = await deps.ledger.parents({ ...key, digest } satisfies ImageKey);
    if (parents.some((parent) => parent.key.digest !== key.digest && needsChildren(parent))) shared.add(digest);
  }
  return shared;
}

/** It can be pulled, and is not about to be held. */
export function needsChildren(parent: ImageRecord): boolean {
  return parent.presence === "present" && parent.hold.kind === "free" && parent.pending?.verb !== "hold";
}

/** Whether an index that is served names it, and nothing else does. */
export async function isPartOfServed(deps: GateDeps, record: ImageRecord): Promise<boolean> {
  return record.tags.length === 0 && isNamedByServed(deps, record.key);
}

/** What it takes to know which indexes name an image. */
export interface LinkDeps {
  readonly ledger: Pick<GateDeps["ledger"], "parents">;
}

/** Whether an index that is served names it, whatever else does. */
export async function isNamedByServed({ ledger }: LinkDeps, image: ImageKey): Promise<boolean> {
  return (await ledger.parents(image)).some(needsChildren);
}

/** Whether a hold by the policy leaves an image to an index that cannot be pulled any more, or keeps it from one that can. */
export async function isHeldOtherwise(deps: LinkDeps, { hold, override, key, verdict }: ImageRecord): Promise<boolean> {
  if (hold.kind === "free" || override !== undefined || verdict?.mode !== "enforce" || !asksForHold(verdict)) return false;
  return (await isNamedByServed(deps, key)) !== (hold.only === "tags");
}

/**
 * The policy takes from an image that a served index names its tags alone, for whoever pulls that index may have it. A person's word is done whole.
 */
export function leavingToIndex(before: Before, { override }: Pick<ImageRecord, "override">, isNamed: boolean): Before {
  const { only: _, isNamed: _isNamed, ...rest } = before;
  if (before.isNamed !== true && !isNamed) return rest;
  if (override?.kind === "hold") return { ...rest, isNamed: true };
  return { ...rest, isNamed: true, only: "tags", manifests: before.manifests.filter(({ role }) => role === "subject") };
}

/** Held for itself, or about to be. */
export function isHeldForItself(record: ImageRecord | undefined): record is ImageRecord {
  return record?.hold.kind === "held" || record?.pending?.verb === "hold";
}

/** It is judged with its index. One that was held for itself before that was known comes back for it. */
export function withItsIndex({ kind }: HoldState): Step {
  return { verb: kind === "held" ? "release" : "none", actor: { name: "moorgate", reason: "it is judged with the index that names it" } };
}

/**
 * An index that is served gets back the children that the hold of another index took along before this one was known. One that is held for itself,
 * or about to be, stays where it is. `undefined`: there is nothing to put back.
 */
export async function partsTaken(
  deps: GateDeps,
  { registry }: WatchedRegistry,
  { evidence: { missingChildren }, record: { key, hold, verdict } }: Judged,
  signal?: AbortSignal,
): Promise<Before | undefined> {
  const quarantine = registry.heldAt(key);
  if (missingChildren.length === 0 || quarantine === undefined || hold.kind === "held" || verdict.mode === "dry-run") return undefined;
  const parts: MovedManifest[] = [];
  for (const digest of missingChildren) {
    const own = await deps.ledger.image({ ...key, digest });
    const manifest = isHeldForItself(own) ? undefined : await registry.manifest(quarantine, digest, signal);
    if (manifest !== undefined) parts.push({ digest, mediaType: manifest.mediaType, role: "child", tags: [] });
  }
  return parts.length === 0 ? undefined : { tags: [], quarantine, manifests: parts };
}

export const CHILDREN_BACK: Actor = { name: "moorgate", reason: "an index that is served needs its children" };

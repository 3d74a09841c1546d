import type { Before, MovedManifest } from "../domain/action.ts";
import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { isHeldForItself } from "./parts.ts";

interface Deps {
  readonly ledger: Pick<GateDeps["ledger"], "action" | "image" | "parents">;
}

/** What the hold of an image found; `undefined` where it is free, or that is not known any more. */
export async function heldBefore({ ledger }: Deps, { hold }: ImageRecord): Promise<Before | undefined> {
  if (hold.kind === "free") return undefined;
  const action = (await ledger.action(hold.actionId))?.action;
  return action === undefined || action.verb === "retag" ? undefined : action.before;
}

/**
 * What a hold took away, with the tags that the image has by now: one that came in the very moment of the act was announced later, and one that went to
 * another image since is that one's, also where it was held with it in turn and the registry shows nobody's.
 */
export function withTagsOf({ tags }: ImageRecord, before: Before): Before {
  const lostTags = before.tags.filter((tag) => !tags.includes(tag));
  return { ...before, tags, ...(lostTags.length === 0 ? {} : { lostTags }) };
}

/** All that a deletion takes along, by what is known now: what the hold moved, what other holds left for it, and nothing that something else needs. */
export async function whatGoes(
  deps: Deps,
  watched: WatchedRegistry,
  record: ImageRecord,
  signal?: AbortSignal,
): Promise<Before | undefined> {
  const before = await heldBefore(deps, record);
  if (before === undefined) return undefined;
  const manifests = [...before.manifests, ...(await leftForIt(watched, record, before, signal))];
  return notNeeded(deps, record, { ...before, manifests });
}

/** Children that the hold of another index moved and its deletion left: they lie in quarantine alone. */
async function leftForIt(
  { registry }: WatchedRegistry,
  { key, children }: ImageRecord,
  { quarantine, manifests }: Before,
  signal?: AbortSignal,
): Promise<readonly MovedManifest[]> {
  if (quarantine === undefined) return [];
  const left: MovedManifest[] = [];
  for (const digest of children.filter((child) => manifests.every((each) => each.digest !== child))) {
    if ((await registry.resolve(key.repository, digest, signal)) !== undefined) continue;
    const manifest = await registry.manifest(quarantine, digest, signal);
    if (manifest !== undefined) left.push({ digest, mediaType: manifest.mediaType, role: "child", tags: [] });
  }
  return left;
}

/**
 * Without what is held for itself, or about to be, and what another index names: one that is served may have its children in quarantine alone.
 */
export async function notNeeded({ ledger }: Omit<Deps, "action">, { key }: ImageRecord, before: Before): Promise<Before> {
  const isNeeded = async (digest: Digest): Promise<boolean> => {
    const part: ImageKey = { ...key, digest };
    const [own, parents] = await Promise.all([ledger.image(part), ledger.parents(part)]);
    return isHeldForItself(own) || parents.some((parent) => isThere(parent, key));
  };
  const parts = await Promise.all(before.manifests.map(async (one) => one.role === "subject" || !(await isNeeded(one.digest))));
  return { ...before, manifests: before.manifests.filter((_, place) => parts[place] === true) };
}

/** Another image than the one that goes. */
export function isThere({ key, presence }: ImageRecord, { digest }: ImageKey): boolean {
  return key.digest !== digest && presence === "present";
}

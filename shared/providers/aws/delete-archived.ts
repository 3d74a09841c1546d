import type { MovedManifest } from "../../domain/action.ts";
import type { Digest } from "../../domain/digest.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { ActResult } from "../../ports/registry.ts";
import { type Act, withRole } from "../oci/act.ts";
import { dropKeepsake } from "../oci/keepsake.ts";
import type { NativeBlock } from "../oci/native-block.ts";
import { isNameOf } from "../oci/tag-heads.ts";
import type { Ask } from "./access.ts";
import { lookAt } from "./block.ts";
import { deletionFault } from "./client.ts";
import { pagesOf } from "./pages.ts";

/** Most that one call deletes. */
const BATCH = 100;

interface Deps {
  readonly native: NativeBlock;
  readonly ask: Ask;
}

/**
 * Deletes what a hold archived, where it lies: the image first, then its children, then what refers to them. ECR keeps what an index names, archived or
 * not, and says so for each. Looks before each step, so it may be cut off anywhere and run again.
 */
export async function deleteArchived(deps: Deps, act: Act): Promise<ActResult> {
  const { native } = deps;
  const { action, source, signal, notes } = act;
  const { digest } = action.image;
  const state = await native.state(source, digest, signal);
  if (state === "free" || state === "returning")
    throw new AdapterError("conflict", `${source} serves ${digest}, or is about to: it is not deleted`);
  const children = await archivedAmong(deps, act, withRole(act.manifests, "child"));
  if (state === "blocked") {
    await refuseWhereReferredTo(deps, act);
    const [kept] = await deleteAll(deps, act, [digest]);
    if (kept !== undefined) throw deletionFault(`deleting ${digest} from ${source}`, kept[1]);
  }
  const stay = await deleteAll(deps, act, children);
  for (const child of stay.keys()) notes.push(`child ${child} stays: another image needs it`);
  const family = [digest, ...children.filter((child) => !stay.has(child))];
  for (const role of ["referrers-index", "referrer"] as const) {
    const ours = await ofFamily(deps, act, withRole(act.manifests, role), family);
    for (const one of (await deleteAll(deps, act, ours)).keys()) notes.push(`${role} ${one} stays: something else needs it`);
  }
  await dropKeepsake(act);
  return { strength: native.strength, notes: [...new Set(notes)] };
}

/** What somebody pushed again, or what was left to another image, is served and stays. */
async function archivedAmong({ native }: Deps, { source, notes, signal }: Act, manifests: readonly MovedManifest[]): Promise<Digest[]> {
  const archived: Digest[] = [];
  for (const { digest, role } of manifests) {
    const state = await native.state(source, digest, signal);
    if (state === "blocked") archived.push(digest);
    else if (state !== "absent") notes.push(`${role} ${digest} stays: ${source} serves it`);
  }
  return archived;
}

/** @throws AdapterError conflict where something would be left that refers to nothing: what came after the hold */
async function refuseWhereReferredTo({ ask }: Deps, { action, source, manifests, signal }: Act): Promise<void> {
  const known = new Set<string>(manifests.map(({ digest }) => digest));
  for (const subject of [action.image.digest, ...withRole(manifests, "child").map(({ digest }) => digest)]) {
    const all = pagesOf((next) => ask(`what refers to ${subject} of ${source}`, (calls) => calls.referrers(source, subject, next), signal));
    for await (const { digest } of all)
      if (!known.has(digest))
        throw new AdapterError("conflict", `${source} has ${digest}, which refers to ${subject}: it is not deleted`, {
          mend: "delete that there, or hold the image by hand to keep it",
        });
  }
}

/** Those that belong to nothing but the family: by their subject, and by their tags, which are names of it. */
async function ofFamily(
  { ask }: Deps,
  { source, notes, signal }: Act,
  manifests: readonly MovedManifest[],
  family: readonly Digest[],
): Promise<readonly Digest[]> {
  const ours: Digest[] = [];
  for (const { digest, role } of manifests) {
    const image = await lookAt(ask, source, { imageDigest: digest }, signal);
    if (image === undefined) continue;
    const { imageTags = [], subjectManifestDigest: subject } = image;
    const isOurs = (subject === undefined || family.some((one) => one === subject)) && imageTags.every((tag) => isNameOf(tag, family));
    if (isOurs) ours.push(digest);
    else notes.push(`${role} ${digest} stays: another image needs it`);
  }
  return ours;
}

/**
 * Deletes what can be deleted. An index inside of another one keeps its children until it is gone itself, in whichever order ECR takes them, so those are tried again.
 * @returns what an index keeps
 * @throws AdapterError for every other fault, when all have been tried
 */
async function deleteAll({ ask }: Deps, { source, signal }: Act, digests: readonly Digest[]): Promise<ReadonlyMap<string, string>> {
  let left: readonly string[] = digests;
  for (;;) {
    const failures = new Map<string, string>();
    for (let from = 0; from < left.length; from += BATCH) {
      const ids = left.slice(from, from + BATCH).map((imageDigest) => ({ imageDigest }));
      const what = `deleting ${ids.length} images from ${source}`;
      for (const { digest, code } of await ask(what, (calls) => calls.deleteImages(source, ids), signal))
        if (code !== "ImageNotFound") failures.set(digest, code);
    }
    const [other] = [...failures].filter(([, code]) => code !== "ImageReferencedByManifestList");
    if (other !== undefined) throw deletionFault(`deleting ${other[0]} from ${source}`, other[1]);
    if (failures.size === 0 || failures.size === left.length) return failures;
    left = [...failures.keys()];
  }
}

import type { MovedManifest } from "../../domain/action.ts";
import type { Digest } from "../../domain/digest.ts";
import type { Tag } from "../../domain/image-ref.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { ActResult } from "../../ports/registry.ts";
import { type Act, gone, withRole } from "./act.ts";
import type { Holding } from "./holding.ts";
import { dropKeepsake, putKeepsake } from "./keepsake.ts";
import { keepLateTags, lateTagsOf } from "./late-tags.ts";
import type { BlockState, NativeBlock } from "./native-block.ts";
import { probed } from "./probed.ts";
import { putBackLists, putBackTags } from "./put-tags.ts";
import { seeingThrough } from "./seeing-through.ts";
import { tagsOf } from "./tag-heads.ts";

/** Pushed again that often during the act, the rest is left to the next event. */
const MOST_ROUNDS = 3;
const LOOK_AGAIN_MS = 60_000;

/** The registry's own mechanism: bytes stay where they are, and what the gate has to read of them is kept in quarantine. What refers to the image stays readable. */
export function byBlock(native: NativeBlock): Holding {
  return {
    capability: { mechanism: "native-block", strength: native.strength },
    keepsIn: "quarantine",
    read: (client) => seeingThrough(client, native),
    hold: (act) => hold(native, act),
    release: (act) => release(native, act),
  };
}

async function hold(native: NativeBlock, act: Act): Promise<ActResult> {
  const { reader, source, signal } = act;
  let isOpen = true;
  for (let round = 0; round < MOST_ROUNDS && isOpen; round += 1) {
    const kept = await putKeepsake(act);
    if (kept === undefined && (await stateOf(native, act, act.action.image.digest)) === "absent") throw gone(act);
    // Some products drop the tags of what they block.
    const heads = await reader.headsAbout(source, [act.action.image.digest, ...act.manifests.map(({ digest }) => digest)], signal);
    await keepLateTags(act, lateTagsOf(act, heads), kept);
    const refused: MovedManifest[] = [];
    for (const manifest of familyOf(act))
      if ((await blockOne(native, act, manifest, tagsOf(heads, manifest.digest))) !== undefined) refused.push(manifest);
    for (const manifest of refused) await blockOrLeave(native, act, manifest);
    isOpen = (await stateOf(native, act, act.action.image.digest)) === "free";
  }
  if (isOpen) act.notes.push("it was pushed again each time that it was blocked: it can still be pulled");
  return probed(act, native.strength);
}

/** The survey lists an index before what it names. */
function familyOf({ manifests }: Act): readonly MovedManifest[] {
  return [...withRole(manifests, "subject"), ...withRole(manifests, "child")];
}

async function stateOf(native: NativeBlock, { source, signal }: Act, digest: Digest): Promise<BlockState> {
  return native.state(source, digest, signal);
}

/** A child that got a tag of its own meanwhile has become an image of its own. @returns why the registry does not block a child */
async function blockOne(
  native: NativeBlock,
  act: Act,
  { digest, role, tags }: MovedManifest,
  tagsNow: readonly Tag[],
): Promise<AdapterError | undefined> {
  const own = role === "child" ? tagsNow.filter((tag) => !tags.includes(tag)) : [];
  if (own.length > 0) {
    act.left.add(digest);
    act.notes.push(`child ${digest} stays: tag ${own.join(", ")} points at it now`);
    return undefined;
  }
  const state = await stateOf(native, act, digest);
  if (state !== "free" && state !== "returning") return undefined;
  try {
    await native.block(act.source, digest, act.signal);
    return undefined;
  } catch (error) {
    if (role !== "child" || !(error instanceof AdapterError) || error.code !== "conflict" || error.retryable) throw error;
    return error;
  }
}

/** Asked once more when the others are shut, for a registry may be slow to see that their index is; else something that can be pulled needs it. */
async function blockOrLeave(native: NativeBlock, act: Act, child: MovedManifest): Promise<void> {
  const refusal = await blockOne(native, act, child, []);
  if (refusal === undefined) return;
  act.left.add(child.digest);
  act.notes.push(`child ${child.digest} stays: ${refusal.message}`);
}

/** Children first: an index that came back before them would be broken for whoever pulls it. */
async function release(native: NativeBlock, act: Act): Promise<ActResult> {
  const [subject, ...children] = familyOf(act);
  await unblockAll(native, act, children.toReversed(), "child");
  if (subject !== undefined) await unblockAll(native, act, [subject], "subject");
  const names = await Array.fromAsync(act.client.tags(act.quarantine, act.signal));
  await putBackTags(act, names);
  await putBackLists(act);
  await dropKeepsake(act);
  return { strength: "advisory", notes: [...new Set(act.notes)] };
}

/** All are asked for before one is waited for. @throws AdapterError retryable conflict while the registry is still bringing one back */
async function unblockAll(native: NativeBlock, act: Act, manifests: readonly MovedManifest[], role: "subject" | "child"): Promise<void> {
  const waiting: Digest[] = [];
  for (const { digest } of manifests) if (!(await isBack(native, act, digest, role))) waiting.push(digest);
  const [first] = waiting;
  if (first === undefined) return;
  throw new AdapterError("conflict", `${act.source}: the registry is still bringing ${first} back`, {
    retryable: true,
    retryAfter: LOOK_AGAIN_MS,
  });
}

/** What is not there any more is not waited for. */
async function isBack(native: NativeBlock, act: Act, digest: Digest, role: "subject" | "child"): Promise<boolean> {
  let state = await stateOf(native, act, digest);
  if (state === "blocked") {
    await native.unblock(act.source, digest, act.signal);
    state = await stateOf(native, act, digest);
  }
  if (state === "absent" && role === "subject") throw gone(act);
  if (state === "absent") act.notes.push(`child ${digest} is not there any more`);
  return state === "free" || state === "absent";
}

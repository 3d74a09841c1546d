import type { Action, DeleteAction, MoveAction, RetagAction } from "../domain/action.ts";
import { shortDigest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { printChange } from "../domain/tag-change.ts";
import type { Capabilities } from "../ports/registry.ts";
import type { Prepared } from "./prepare.ts";

/** What is done first, and what follows from it. */
export function describePlan({ record, action, follows }: Prepared, capabilities: Capabilities): readonly string[] {
  if (action === undefined) return describeStay(record);
  return [...describe(action, capabilities), ...(follows === "hold" ? ["Then the image is held."] : [])];
}

function describeStay({ hold, override }: ImageRecord): readonly string[] {
  const state = hold.kind === "held" ? "held" : "free";
  if (override === undefined) return [`It is ${state} already.`];
  const until = override.kind === "hold" ? "until somebody releases it" : "as long as nothing new is found in it";
  return [`It is ${state} already, and nothing is done at its registry.`, `It stays so, whatever the policy says, ${until}.`];
}

/** An action in sentences, to be read before it is done. */
export function describe(action: Action, capabilities: Capabilities): readonly string[] {
  if (action.verb === "retag") return describeRetag(action);
  return action.verb === "delete" ? describeDeletion(action) : describeMove(action, capabilities);
}

function describeMove(action: MoveAction, capabilities: Capabilities): readonly string[] {
  const { image, before, verb } = action;
  const counts = (["child", "referrer"] as const).map(
    (role) => `${before.manifests.filter((manifest) => manifest.role === role).length} ${role === "child" ? "children" : "referrers"}`,
  );
  const what = `${image.registry}/${image.repository}@${shortDigest(image.digest)} with ${counts.join(" and ")}`;
  const tags = before.tags.length === 0 ? "no tag points at it" : `tags ${before.tags.join(", ")}`;
  if (verb === "release") {
    const lost = before.lostTags === undefined ? [] : [`Went to another image since, and stays there: ${before.lostTags.join(", ")}.`];
    return [`Puts back ${what}, byte for byte; ${tags}.`, ...lost, "A tag that somebody moved meanwhile is left alone."];
  }
  const { mechanism, strength: declared } = capabilities.hold;
  if (before.only === "tags")
    return [
      `Takes ${tags} from ${image.registry}/${image.repository}@${shortDigest(image.digest)}.`,
      "Its digest stays: an index that can be pulled names it.",
    ];
  const strength = `Afterwards it is ${declared}: probed by tag and by digest.`;
  const kept = mechanism === "move" ? "Its bytes are kept" : "What the gate reads of it is kept";
  const where = before.quarantine === undefined ? [] : [`${kept} in ${before.quarantine}.`];
  const missed = before.isNamed === true ? ["An index that can be pulled names it: whoever pulls that will miss it."] : [];
  return [`Holds ${what}; ${tags}.`, ...missed, ...where, strength, "Undo brings back the manifests and the tags."];
}

function describeDeletion({ image, before }: DeleteAction): readonly string[] {
  const place = before.quarantine === undefined ? "" : ` from ${before.quarantine}`;
  return [
    `Deletes ${image.registry}/${image.repository}@${shortDigest(image.digest)} for ever: ${before.manifests.length} manifests${place}.`,
    "What another held image needs stays.",
    "Nothing brings it back: no undo, no release.",
  ];
}

function describeRetag({ image, changes }: RetagAction): readonly string[] {
  const place = `${image.registry}/${image.repository}`;
  return [...changes.map((change) => `Tag ${printChange(change)} in ${place}.`), "A tag that somebody moved meanwhile is left alone."];
}

import type { Outcome, RetagAction, TagChange } from "../domain/action.ts";
import type { ImageRecord, LeftTag, Retagged, StandingChange } from "../domain/image-record.ts";
import type { Tag } from "../domain/image-ref.ts";
import { retaggedOf } from "./tags.ts";

/** What an image's record says of tags after a retag for it. */
export function afterRetag(
  { tags, retagged: before, verdict }: Pick<ImageRecord, "tags" | "retagged" | "verdict">,
  action: RetagAction,
  outcome: Outcome,
): Pick<ImageRecord, "tags" | "retagged"> {
  if (outcome.kind === "superseded") return { tags, ...(before === undefined ? {} : { retagged: before }) };
  const done = outcome.kind === "applied" ? action.changes.filter(({ tag }) => outcome.tags?.includes(tag)) : [];
  const undone = action.changes.filter((change) => !done.includes(change));
  const policy = verdict?.policy.version ?? "";
  const left = undone.map((change): LeftTag => leftOf(change, outcome, policy));
  const isTouched = ({ tag }: { readonly tag: Tag }): boolean => action.changes.some((change) => change.tag === tag);
  return {
    tags: tagsAfter(tags, done, action),
    ...retaggedOf(standingAfter(before, action, outcome, done), [...(before?.left ?? []).filter((each) => !isTouched(each)), ...left]),
  };
}

function tagsAfter(tags: readonly Tag[], done: readonly TagChange[], { image }: RetagAction): readonly Tag[] {
  const gone = done.filter(({ to }) => to !== image.digest).map(({ tag }) => tag);
  const come = done.filter(({ to }) => to === image.digest).map(({ tag }) => tag);
  return [...new Set([...tags.filter((tag) => !gone.includes(tag)), ...come])].sort();
}

/** After a restore nothing of it stands: what could not be taken back was somebody else's by then. One that failed can be tried again. */
function standingAfter(
  before: Retagged | undefined,
  { id, purpose, image, changes }: RetagAction,
  { kind, at }: Outcome,
  done: readonly TagChange[],
): readonly StandingChange[] {
  const standing = before?.standing ?? [];
  if (kind === "failed") return standing;
  const settled = purpose === "restore" ? changes : done;
  const others = standing.filter((each) => settled.every(({ tag }) => tag !== each.tag));
  if (purpose === "restore" || purpose === "promote") return others;
  const standsAs = (change: TagChange): Pick<StandingChange, "purpose" | "from"> =>
    change.to === image.digest
      ? { purpose: "mark", from: change.from }
      : // A tag that went with a held image was the image's.
        { purpose: "roll-back", from: image.digest };
  return [...others, ...done.map((change): StandingChange => ({ ...change, ...standsAs(change), actionId: id, at }))];
}

function leftOf({ tag, from, to }: TagChange, outcome: Outcome, policy: string): LeftTag {
  const tried = { from, to, policy };
  if (outcome.kind === "failed") return { tag, why: outcome.why, tried };
  const notes = outcome.kind === "applied" ? outcome.notes : [];
  return { tag, why: notes.find((note) => note.startsWith(`tag ${tag} `)) ?? "it was left alone", tried };
}

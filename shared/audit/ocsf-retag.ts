import type { Action, RetagAction } from "../domain/action.ts";
import { printChanges, RETAGGED } from "../domain/tag-change.ts";
import type { Fields } from "./ocsf-event.ts";
import { MAX_TAGS } from "./ocsf-resource.ts";
import { type Applied, type Ended, SUCCESS } from "./ocsf-told.ts";

const RETAG = {
  mark: { action: 3, disposition: 18, severity: 2 },
  "roll-back": { action: 4, disposition: 11, severity: 3 },
  promote: { action: 1, disposition: 8, severity: 1 },
  restore: { action: 1, disposition: 9, severity: 1 },
} as const;

/** Whoever pulls a tag that was rolled back gets another image, so that is an alert. */
export function tellRetagged(name: string, { purpose, changes, actor }: RetagAction, { notes, tags = [] }: Applied): Ended {
  const done = changes.filter(({ tag }) => tags.includes(tag));
  return {
    code: `registry.retag.${purpose}`,
    message: `${name} ${RETAGGED[purpose]} (${done.length === 0 ? "nothing was changed" : printChanges(done)}): ${actor.reason}`,
    ...RETAG[purpose],
    isAlert: purpose === "roll-back",
    status: SUCCESS,
    statusCode: done.length === changes.length ? purpose : "partial",
    detail: notes.join("; "),
  };
}

/** More tags than anybody reads are left out. */
export function ofRetag(action: Action): Fields {
  if (action.verb !== "retag") return {};
  return { purpose: action.purpose, changes: action.changes.slice(0, MAX_TAGS).map(({ tag, from, to }) => ({ tag, from, to })) };
}

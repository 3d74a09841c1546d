import type { Action } from "./action.ts";
import type { StoredAction } from "./image-record.ts";
import { isEmergency } from "./run.ts";
import { RETAGGED } from "./tag-change.ts";

/** What asked for an action, and who: `policy 826771e6bfc6 in run policy-3`, `undo-4 of ann`. */
export function printCause({ actor, cause }: Pick<Action, "actor" | "cause">): string {
  const { run, policy, undoes, despiteUse, isForIndex } = cause;
  const beside = [
    ...(despiteUse === true ? ["its deadline was over"] : []),
    ...(isForIndex === true ? ["an index that is served needs it"] : []),
  ].map((each) => `; ${each}`);
  const word =
    policy === undefined ? wordOfPerson(actor.name, run, undoes) : `policy ${policy}${run === undefined ? "" : ` in run ${run}`}`;
  return `${word}${beside.join("")}`;
}

function wordOfPerson(name: string, run: string | undefined, undoes: readonly string[] | undefined): string {
  if (run === undefined) return `${name}, by hand`;
  if (undoes !== undefined) return `${run} of ${name}, which takes back ${undoes.join(", ")}`;
  return isEmergency(run) ? `${run}, begun by ${name}` : `${run} of ${name}`;
}

const DONE = { hold: "held", release: "released", delete: "deleted for ever" } as const;

/** Of the newest act that was done, or is under way: what it did, what asked for it and why. */
export function lastCause(actions: readonly StoredAction[]): string | undefined {
  const last = actions.find(({ outcome }) => outcome === undefined || outcome.kind === "applied");
  if (last === undefined) return undefined;
  const { action, outcome } = last;
  const done = action.verb === "retag" ? RETAGGED[action.purpose] : DONE[action.verb];
  return `${outcome === undefined ? "to be " : ""}${done} by ${printCause(action)} (${action.actor.reason})`;
}

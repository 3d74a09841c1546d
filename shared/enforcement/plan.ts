import type { Actor, DeleteAction, MoveVerb } from "../domain/action.ts";
import type { Deadline } from "../domain/deadline.ts";
import type { HoldState, Override } from "../domain/image-record.ts";
import type { Instant } from "../domain/time.ts";
import { asksForHold, type Verdict } from "../domain/verdict.ts";
import type { Capabilities } from "../ports/registry.ts";
import { deadlineFor, type Use } from "./deadline.ts";
import { type Deletion, type Doomed, deletionOf } from "./deletion.ts";

export interface Situation {
  readonly verdict: Verdict;
  readonly hold: HoldState;
  readonly override: Override | undefined;
  /** Whether its own repository serves it now. A held image that is served was pushed again. */
  readonly served: boolean;
  readonly capabilities: Capabilities;
  readonly use: Use;
  /** What is known of a held image that is to be asked before it is deleted. */
  readonly doom: Doom;
  readonly now: Instant;
}

export type Doom = Pick<Doomed, "after" | "isByPolicy" | "isProtected" | "isNeeded">;

export interface Step {
  /** `none` where the world is as it should be, or nothing may be done. */
  readonly verb: MoveVerb | DeleteAction["verb"] | "none";
  readonly actor: Actor;
  /** What it gets instead of a hold, or keeps. */
  readonly deadline?: Deadline;
  /** Of what is held and stays so. */
  readonly deletion?: Exclude<Deletion, { readonly kind: "none" }>;
}

const GATE = "moorgate";

/** What the image should be. `as-is`: nothing is changed on what is not known, nor in a dry run. */
function wanted({ verdict, override, capabilities }: Situation): "held" | "free" | "as-is" {
  if (override?.kind === "hold") return "held";
  if (override?.kind === "release" && isCoveredBy(override.forReasons, verdict)) return "free";
  if (verdict.mode === "dry-run" || capabilities.hold.mechanism === "none") return "as-is";
  if (verdict.kind === "compliant") return "free";
  if (asksForHold(verdict)) return "held";
  // The policy lets it be: what an earlier one had held is released.
  return verdict.kind === "violating" ? "free" : "as-is";
}

/** A release by hand covers the reasons that were known then; a new one ends it. */
export function isCoveredBy(reasonKeys: readonly string[], verdict: Verdict): boolean {
  return verdict.reasons.every((reason) => reason.level !== "enforce" || reasonKeys.includes(reason.key));
}

/** The step from what is to what should be. */
export function plan(situation: Situation): Step {
  const want = wanted(situation);
  const { hold, override, served, verdict, use, now } = situation;
  const actor = override?.actor ?? { name: GATE, reason: summary(verdict) };
  if (want === "free") return { verb: hold.kind === "held" ? "release" : "none", actor };
  if (want === "as-is") return { verb: "none", actor, ...kept(situation), ...doomed(situation) };
  // What is held was not in use when it was, and what a person wants held is.
  const isAsked = hold.kind === "free" && override === undefined;
  const deadline = isAsked ? deadlineFor(verdict, use, now) : undefined;
  if (deadline !== undefined) return { verb: "none", actor, deadline };
  if (served) return { verb: "hold", actor };
  const due = doomed(situation);
  return { verb: due.deletion?.kind === "due" ? "delete" : "none", actor, ...due };
}

/** What is not known keeps it, and is said as well: of an indeterminate image nothing is ever due. */
function doomed(situation: Situation): Pick<Step, "deletion"> {
  const deletion = deletionOf({ ...situation, ...situation.doom, usage: situation.use.usage });
  return deletion.kind === "none" ? {} : { deletion };
}

/** What is not known, and a dry run, neither end a deadline nor begin one. */
function kept({ hold, use: { before } }: Situation): Pick<Step, "deadline"> {
  return before === undefined || hold.kind === "held" ? {} : { deadline: before };
}

function summary(verdict: Verdict): string {
  const rules = [...new Set(verdict.reasons.filter((reason) => reason.level === "enforce").map((reason) => reason.ruleId))];
  return rules.length === 0 ? verdict.kind : `${verdict.kind}: ${rules.join(", ")}`;
}

import type { AuditEvent } from "../domain/audit-event.ts";
import type { UndoCounts } from "../domain/undo.ts";
import { PRODUCT, short } from "./ocsf-event.ts";
import { labelled, USER_TYPE } from "./ocsf-tables.ts";
import { FAILURE, SUCCESS, type Told } from "./ocsf-told.ts";

type Undone = Extract<AuditEvent, { readonly kind: "undo" }>;

/** What was taken back is told one by one, as all acts are; this says by whose word, by which plan, and how much of it came to be. */
export function tellUndo(event: Undone): Told {
  const { undo, state, scope, plan, actor, counts } = event;
  const { steps, done, failed, left, notTakenBack } = counts;
  return {
    ...(state === "begun" ? BEGUN : endOf(counts)),
    code: `gate.undo.${state}`,
    message: `${actor.name} takes back ${short(scope)} (${undo}): ${wordsOf(event)}: ${actor.reason}`,
    operation: "undo",
    requestId: undo,
    actor: { app_name: PRODUCT, user: { name: actor.name, ...labelled("type", USER_TYPE, 1) } },
    detail: actor.reason,
    own: { undo, scope: short(scope), plan, steps, done, failed, left, notTakenBack },
  };
}

type Standing = Pick<Told, "severity" | "action" | "disposition" | "isAlert" | "status" | "statusCode">;

/** What was held for a reason is about to be served again, by the word of one person. */
const BEGUN: Standing = { severity: 3, action: 3, disposition: 17, isAlert: false, status: SUCCESS, statusCode: "begun" };

const CORRECTED = 11;
const PARTIALLY_CORRECTED = 12;
const UNCORRECTED = 13;

/** A step that failed needs somebody; one that was left was decided otherwise since. */
function endOf({ steps, done, failed }: UndoCounts): Standing {
  const isWhole = done === steps;
  return {
    severity: failed > 0 ? 4 : 1,
    action: done > 0 ? 4 : 3,
    disposition: isWhole ? CORRECTED : done > 0 ? PARTIALLY_CORRECTED : UNCORRECTED,
    isAlert: failed > 0,
    status: failed > 0 ? FAILURE : SUCCESS,
    statusCode: isWhole ? "done" : done > 0 ? "partial" : "nothing-done",
  };
}

function wordsOf({ state, counts: { steps, done, failed, left, notTakenBack } }: Undone): string {
  const rest = notTakenBack === 0 ? "" : `, ${notTakenBack} actions are not taken back`;
  return state === "begun"
    ? `${steps} steps begin${rest}`
    : `${done} of ${steps} steps are done, ${failed} failed, ${left} were left${rest}`;
}

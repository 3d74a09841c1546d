import type { AuditEvent } from "../domain/audit-event.ts";
import { PRODUCT, short } from "./ocsf-event.ts";
import { labelled, USER_TYPE } from "./ocsf-tables.ts";
import { SUCCESS, type Told } from "./ocsf-told.ts";

const STATES = {
  started: { severity: 4, action: 3, disposition: 19, isAlert: true },
  ended: { severity: 3, action: 2, disposition: 3, isAlert: false },
} as const;

/** One alert for all of it; the holds are told one by one, as all holds are. */
export function tellEmergency({ run, state, query, actor, counts }: Extract<AuditEvent, { readonly kind: "emergency" }>): Told {
  const { toHold, held, failed, left, notKnown } = counts;
  const unsure = `nothing is known of ${notKnown}`;
  const words =
    state === "started"
      ? `begins: ${toHold} images are to be held, ${left} concerned are left as they are, ${unsure}`
      : `ended: ${held} of ${toHold} images are held, ${failed} failed, ${left} are left as they are, ${unsure}`;
  return {
    ...STATES[state],
    // The holds are no alerts of their own.
    ...(failed === 0 ? {} : { isAlert: true }),
    code: `gate.emergency.${state}`,
    message: `emergency ${run} for ${query} ${words}: ${actor.reason}`,
    operation: "hold",
    requestId: run,
    actor: { app_name: PRODUCT, user: { name: actor.name, ...labelled("type", USER_TYPE, 1) } },
    status: SUCCESS,
    statusCode: state,
    detail: actor.reason,
    own: { run, query: short(query), toHold, held, failed, left, notKnown },
  };
}

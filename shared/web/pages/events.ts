import type { Outcome } from "../../domain/action.ts";
import type { AuditEvent } from "../../domain/audit-event.ts";
import { quote } from "../../domain/parse-error.ts";

export interface Told {
  readonly what: string;
  readonly detail: string;
  /** Whether it changed what can be pulled. */
  readonly hasWeight: boolean;
}

/** One audit event in a line, without the image's name: lists and timelines put it before or leave it out. */
export function tell(event: AuditEvent): Told {
  switch (event.kind) {
    case "judged": {
      const { verdict, previous, origin } = event;
      const change = previous === "none" ? `judged ${verdict.kind}` : `now ${verdict.kind}, before ${previous}`;
      const rules = [...new Set(verdict.reasons.map((reason) => reason.ruleId))].join(", ");
      const found = origin === "sweep" ? "found by a sweep; " : "";
      return {
        what: change,
        detail: `${found}policy ${verdict.policy.name}@${verdict.policy.version.slice(0, 6)}${rules === "" ? "" : `: ${rules}`}`,
        hasWeight: false,
      };
    }
    case "planned":
      return {
        what: `${event.action.verb} planned`,
        detail: `by ${event.action.actor.name}: ${event.action.actor.reason}`,
        hasWeight: false,
      };
    case "acted":
      return tellOutcome(event.action.verb, event.outcome, `by ${event.action.actor.name}: ${event.action.actor.reason}`);
    case "gone":
      return { what: "left the registry", detail: "somebody else deleted it", hasWeight: true };
    case "refused":
      return {
        what: `${event.count === 1 ? "A delivery" : `${event.count} deliveries`} to ${event.source} refused`,
        detail: event.why,
        hasWeight: false,
      };
    case "parked":
      return { what: "Work given up", detail: `${quote(event.work)}: ${event.why}`, hasWeight: true };
    case "braked":
      return tellBraked(event);
  }
}

function tellBraked({ run, state, why, actor }: Extract<AuditEvent, { readonly kind: "braked" }>): Told {
  return { what: `Run ${run} ${state}`, detail: actor === undefined ? why : `by ${actor}: ${why}`, hasWeight: true };
}

function tellOutcome(verb: "hold" | "release", outcome: Outcome, by: string): Told {
  const done = verb === "hold" ? "held" : "released";
  switch (outcome.kind) {
    case "applied":
      return {
        what: verb === "hold" ? `held, ${outcome.strength}` : "released",
        detail: [by, ...outcome.notes].join("; "),
        hasWeight: true,
      };
    case "superseded":
      return { what: `not ${done}: the registry had changed`, detail: outcome.why, hasWeight: false };
    case "failed":
      return { what: `could not be ${done}`, detail: `${outcome.why} (${outcome.code})`, hasWeight: true };
  }
}

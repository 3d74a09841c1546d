import type { Action, Outcome } from "../../domain/action.ts";
import { printCause } from "../../domain/action-cause.ts";
import type { AuditEvent } from "../../domain/audit-event.ts";
import { DEADLINE_WORDS, printDeadline } from "../../domain/deadline.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import { quote } from "../../domain/parse-error.ts";
import { postureWords } from "../../domain/posture.ts";
import { openWords } from "../../domain/probe.ts";
import { summaryWords } from "../../domain/run-news.ts";
import { CONTROL_WORDS, printChanged } from "../../domain/setup-change.ts";
import { LOSS_WORDS, signersOf } from "../../domain/signed.ts";
import { printChanges, RETAGGED } from "../../domain/tag-change.ts";

export interface Told {
  readonly what: string;
  readonly detail: string;
  /** Whether it changed what can be pulled. */
  readonly hasWeight: boolean;
}

/** One audit event in a line, without the image's name: lists and timelines put it before or leave it out. */
export function tell(event: AuditEvent): Told {
  switch (event.kind) {
    case "judged":
      return tellJudged(event);
    case "planned":
      return {
        what: `${event.action.verb} planned`,
        detail: `by ${printCause(event.action)}: ${event.action.actor.reason}`,
        hasWeight: false,
      };
    case "acted":
      return tellOutcome(event.action, event.outcome, `by ${printCause(event.action)}: ${event.action.actor.reason}`);
    case "gone":
      return { what: "left the registry", detail: "somebody else deleted it", hasWeight: true };
    case "signature":
      return tellSignature(event);
    case "deadline":
      return { what: DEADLINE_WORDS[event.state], detail: printDeadline(event.deadline), hasWeight: event.state === "over" };
    case "decided":
      return {
        what: `stays ${event.stays}, whatever the policy says`,
        detail: `by ${event.by.name}: ${event.by.reason}`,
        hasWeight: false,
      };
    case "kept":
      return { what: "kept from deletion", detail: event.why, hasWeight: false };
    case "publishing":
    case "published":
      return tellPublication(event);
    default:
      return tellOfGate(event);
  }
}

/** What concerns no image. */
function tellOfGate(event: Exclude<AuditEvent, { readonly image: ImageKey }>): Told {
  switch (event.kind) {
    case "refused":
      return {
        what: `${event.count === 1 ? "A request" : `${event.count} requests`} to ${event.source} refused`,
        detail: event.why,
        hasWeight: false,
      };
    case "parked":
      return { what: "Work given up", detail: `${quote(event.work)}: ${event.why}`, hasWeight: true };
    case "braked":
      return tellBraked(event);
    case "summary":
      return { what: `Run ${event.run}`, detail: summaryWords(event), hasWeight: event.isAlert };
    case "emergency":
      return tellEmergency(event);
    case "taken-over":
      return tellTakenOver(event);
    case "drifted":
      return tellDrifted(event);
    case "posture":
      return tellPosture(event);
    default:
      return tellOfPerson(event);
  }
}

type OfPerson = Extract<AuditEvent, { readonly kind: "proposed" | "undo" | "place-forgotten" | "halted" }>;

/** What a person did to the gate, or asked of it. */
function tellOfPerson(event: OfPerson): Told {
  switch (event.kind) {
    case "proposed":
      return {
        what: `${event.proposal} ${event.state === "proposed" ? "waits for a second person" : event.state}`,
        detail: `${event.summary}; by ${event.by.name}: ${event.by.reason}`,
        hasWeight: event.state === "confirmed",
      };
    case "undo":
      return tellUndo(event);
    case "place-forgotten":
      return {
        what: `What ${event.place} runs was forgotten`,
        detail: `${event.images} images; by ${event.by.name}: ${event.by.reason}`,
        hasWeight: true,
      };
    case "halted":
      return { what: `The gate was ${event.state}`, detail: `by ${event.by.name}: ${event.by.reason}`, hasWeight: true };
  }
}

function tellJudged({ verdict, previous, origin }: Extract<AuditEvent, { readonly kind: "judged" }>): Told {
  const change = previous === "none" ? `judged ${verdict.kind}` : `now ${verdict.kind}, before ${previous}`;
  const rules = [...new Set(verdict.reasons.map((reason) => reason.ruleId))].join(", ");
  const found = origin === "sweep" ? "found by a sweep; " : "";
  const policy = `policy ${verdict.policy.name}@${verdict.policy.version.slice(0, 6)}`;
  return { what: change, detail: `${found}${policy}${rules === "" ? "" : `: ${rules}`}`, hasWeight: false };
}

function tellSignature({ state, signatures, loss }: Extract<AuditEvent, { readonly kind: "signature" }>): Told {
  const signers = signersOf(signatures).join(", ");
  const by = loss.actor === undefined ? "" : `, by ${loss.actor}`;
  switch (state) {
    case "lost":
      return { what: `was signed by ${signers}, is not any more`, detail: `${LOSS_WORDS[loss.cause]}${by}`, hasWeight: true };
    case "restored":
      return { what: `signed again, by ${signers}`, detail: `before: ${LOSS_WORDS[loss.cause]}${by}`, hasWeight: false };
    case "ended":
      return { what: "no signature is waited for any more", detail: "it left the registry", hasWeight: false };
  }
}

const PUBLICATION = {
  attest: { planned: "signed verdict planned", done: "verdict published, signed", failed: "verdict could not be published" },
  withdraw: {
    planned: "withdrawal of the signed verdict planned",
    done: "signed verdict withdrawn",
    failed: "signed verdict could not be withdrawn",
  },
} as const;

function tellPublication(event: Extract<AuditEvent, { kind: "publishing" | "published" }>): Told {
  const { verb, why } = event.step;
  const words = PUBLICATION[verb];
  if (event.kind === "publishing") return { what: words.planned, detail: why, hasWeight: false };
  const { outcome } = event;
  const detail = outcome.kind === "failed" ? `${outcome.why} (${outcome.code})` : [why, ...outcome.notes].join("; ");
  return { what: words[outcome.kind], detail, hasWeight: true };
}

function tellBraked({ run, state, why, actor }: Extract<AuditEvent, { readonly kind: "braked" }>): Told {
  return { what: `Run ${run} ${state}`, detail: actor === undefined ? why : `by ${actor}: ${why}`, hasWeight: true };
}

function tellEmergency({ run, state, query, actor, counts }: Extract<AuditEvent, { readonly kind: "emergency" }>): Told {
  const { toHold, held, failed, left, notKnown } = counts;
  const done = state === "started" ? `${toHold} to be held` : `${held} of ${toHold} held, ${failed} failed`;
  const detail = `${done}, ${left} left as they are, nothing known of ${notKnown}; by ${actor.name}: ${actor.reason}`;
  return { what: `Emergency ${query} (${run}) ${state}`, detail, hasWeight: true };
}

function tellUndo({ undo, state, scope, actor, counts }: Extract<AuditEvent, { readonly kind: "undo" }>): Told {
  const { steps, done, failed, left } = counts;
  const come = state === "begun" ? `${steps} steps` : `${done} of ${steps} steps done, ${failed} failed, ${left} left`;
  return { what: `Undo of ${scope} (${undo}) ${state}`, detail: `${come}; by ${actor.name}: ${actor.reason}`, hasWeight: true };
}

const TAKEN_OVER = {
  begun: "being taken over",
  seen: "plan looked at",
  confirmed: "enforced from now on",
  "in-charge": "enforced from now on",
} as const;

function tellTakenOver({ registry, state, why, actor }: Extract<AuditEvent, { readonly kind: "taken-over" }>): Told {
  const isInForce = state === "confirmed" || state === "in-charge";
  return { what: `${registry}: ${TAKEN_OVER[state]}`, detail: actor === undefined ? why : `by ${actor}: ${why}`, hasWeight: isInForce };
}

function tellDrifted({ control, call, actor = "somebody", after, ...event }: Extract<AuditEvent, { readonly kind: "drifted" }>): Told {
  const set = after === undefined ? "" : `: ${after}`;
  return { what: `${printChanged(event)}: ${CONTROL_WORDS[control]} was changed`, detail: `${call} by ${actor}${set}`, hasWeight: true };
}

function tellPosture(event: Extract<AuditEvent, { readonly kind: "posture" }>): Told {
  const how = event.change === "cleared" ? "right again" : "otherwise than the gate needs";
  return { what: `${event.registry} is set up ${how}`, detail: `${event.code}: ${postureWords(event)}`, hasWeight: event.state === "mend" };
}

function tellOutcome(action: Action, outcome: Outcome, by: string): Told {
  const done = doneWords(action);
  switch (outcome.kind) {
    case "applied":
      return {
        what: action.verb === "hold" ? `held, ${outcome.strength}` : done,
        detail: [
          by,
          ...(action.verb === "retag" ? [printChanges(action.changes)] : []),
          ...openWords(outcome.probes ?? []),
          ...outcome.notes,
        ].join("; "),
        hasWeight: true,
      };
    case "superseded":
      return { what: `not ${done}: the registry had changed`, detail: outcome.why, hasWeight: false };
    case "failed":
      return {
        what: action.verb === "retag" ? `not ${done}` : `could not be ${done}`,
        detail: `${outcome.why} (${outcome.code})`,
        hasWeight: true,
      };
  }
}

function doneWords(action: Action): string {
  if (action.verb === "retag") return RETAGGED[action.purpose];
  if (action.verb === "delete") return "deleted for ever";
  return action.verb === "hold" ? "held" : "released";
}

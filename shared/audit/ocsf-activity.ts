import type { Action, Outcome } from "../domain/action.ts";
import type { AuditEvent, JournalEntry } from "../domain/audit-event.ts";
import { printImageKey } from "../domain/image-ref.ts";
import { openWords } from "../domain/probe.ts";
import { ofAction } from "./ocsf-action.ts";
import { tellDeleted, tellKept } from "./ocsf-deletion.ts";
import { tellEmergency } from "./ocsf-emergency.ts";
import { envelop, type Fields, type OcsfEvent, PRODUCT, type Producer, short } from "./ocsf-event.ts";
import { tellDecided, tellForgotten, tellHalted, tellProposed } from "./ocsf-people.ts";
import { tellPublication } from "./ocsf-publication.ts";
import { cloudOf, type ImageEvent, MAX_TAGS, printImage, resourceFields } from "./ocsf-resource.ts";
import { tellRetagged } from "./ocsf-retag.ts";
import { tellSummary } from "./ocsf-summary.ts";
import { ACTION, API_ACTIVITY, DISPOSITION, labelled, USER_TYPE } from "./ocsf-tables.ts";
import { type Applied, asFailed, asPlanned, CREATE, DELETE, type Ended, FAILURE, OTHER, SUCCESS, type Told, UPDATE } from "./ocsf-told.ts";
import { tellUndo } from "./ocsf-undo.ts";

export type Activity = Exclude<AuditEvent, { readonly kind: "judged" | "signature" | "deadline" | "drifted" | "posture" }>;

/** Everything that was done to a registry or met at a door, as API Activity. */
export function renderActivity(entry: JournalEntry, event: Activity, producer: Producer): OcsfEvent {
  const told = tell(event);
  const { activity = UPDATE, code, severity, message, own } = told;
  const image = "image" in event ? { cloud: cloudOf(event.image), isTruncated: event.tags.length > MAX_TAGS } : {};
  const place = "image" in event ? { ...resourceFields(event), dst_endpoint: { svc_name: event.image.registry } } : {};
  const fields = { ...activityFields(told), ...place };
  return envelop(entry, producer, {
    class: API_ACTIVITY,
    activity,
    code,
    severity,
    message,
    fields,
    ...image,
    ...(own === undefined ? {} : { own }),
  });
}

function activityFields(told: Told): Fields {
  const { actor, operation, requestId, source = PRODUCT, statusName, statusCode, detail, count } = told;
  return {
    actor,
    api: { operation, request: { uid: requestId }, service: { name: PRODUCT } },
    src_endpoint: { svc_name: source },
    ...labelled("action", ACTION, told.action),
    ...labelled("disposition", DISPOSITION, told.disposition),
    is_alert: told.isAlert,
    ...labelled("status", API_ACTIVITY.statuses, told.status, statusName),
    status_code: statusCode,
    ...(detail === undefined || detail === "" ? {} : { status_detail: short(detail) }),
    ...(count === undefined ? {} : { count }),
  };
}

function tell(event: Activity): Told {
  switch (event.kind) {
    case "planned":
      return tellPlanned(event, event.action);
    case "acted":
      return { ...ofAction(event, event.action), ...tellOutcome(event, event.action, event.outcome) };
    case "gone":
      return tellGone(event);
    case "decided":
      return tellDecided(event);
    case "kept":
      return tellKept(event);
    case "publishing":
    case "published":
      return tellPublication(event);
    default:
      return tellOfGate(event);
  }
}

/** What concerns no image. */
function tellOfGate(event: Exclude<Activity, { readonly image: unknown }>): Told {
  switch (event.kind) {
    case "refused":
      return tellRefused(event);
    case "parked":
      return tellParked(event);
    case "braked":
      return tellBraked(event);
    case "summary":
      return tellSummary(event);
    case "taken-over":
      return tellTakenOver(event);
    case "halted":
      return tellHalted(event);
    case "emergency":
      return tellEmergency(event);
    case "undo":
      return tellUndo(event);
    case "place-forgotten":
      return tellForgotten(event);
    case "proposed":
      return tellProposed(event);
  }
}

const NAMES = { hold: "quarantine", release: "release", retag: "retag", delete: "deletion" } as const;

function tellPlanned(event: ImageEvent, action: Action): Told {
  return {
    ...ofAction(event, action),
    code: `registry.${NAMES[action.verb]}.planned`,
    message: `${action.verb} of ${printImage(event.image, event.tags)} begins: ${action.actor.reason}`,
    ...asPlanned(action.actor.reason),
  };
}

function tellOutcome(event: ImageEvent, action: Action, outcome: Outcome): Ended {
  const name = printImage(event.image, event.tags);
  switch (outcome.kind) {
    case "applied":
      return tellApplied(name, action, outcome);
    case "superseded":
      return {
        code: "registry.action.superseded",
        severity: 1,
        message: `${action.verb} of ${name} was not done: ${outcome.why}`,
        action: 3,
        disposition: 16,
        isAlert: false,
        status: OTHER,
        statusName: "Superseded",
        statusCode: "superseded",
        detail: outcome.why,
      };
    case "failed":
      return {
        code: `registry.${NAMES[action.verb]}.failed`,
        message: `${action.verb} of ${name} failed: ${outcome.why}`,
        ...asFailed(4, outcome),
      };
  }
}

function tellApplied(name: string, action: Action, outcome: Applied): Ended {
  switch (action.verb) {
    case "hold":
      return tellHeld(name, action, outcome);
    case "release":
      return tellReleased(name, action, outcome);
    case "retag":
      return tellRetagged(name, action, outcome);
    case "delete":
      return tellDeleted(name, action, outcome);
  }
}

/** A hold says how strong it is: one that stops no pull is told as an alert, not as a quarantine. */
function tellHeld(name: string, action: Action, { strength, notes, probes = [] }: Applied): Ended {
  const stops = strength === "blocked" || strength === "hidden";
  return {
    code: "registry.quarantine.applied",
    severity: 3,
    message: [`${name} is held (${strength}): ${action.actor.reason}`, ...openWords(probes)].join("; "),
    action: stops ? 2 : strength === "untagged" ? 4 : 3,
    disposition: strength === "advisory" ? 19 : 3,
    isAlert: true,
    status: SUCCESS,
    statusCode: strength,
    detail: [...openWords(probes), ...notes].join("; "),
  };
}

function tellReleased(name: string, action: Action, { notes }: Applied): Ended {
  return {
    code: "registry.quarantine.released",
    severity: 1,
    message: `${name} is released: ${action.actor.reason}`,
    action: 1,
    disposition: 9,
    isAlert: false,
    status: SUCCESS,
    statusCode: "released",
    detail: notes.join("; "),
  };
}

function tellGone(event: ImageEvent): Told {
  return {
    activity: DELETE,
    code: "registry.image.gone",
    severity: 1,
    message: `${printImage(event.image, event.tags)} is no longer in its registry; the gate did not take it`,
    operation: "delete",
    requestId: printImageKey(event.image),
    // Registries do not say who deletes.
    actor: { app_name: event.image.registry },
    source: event.image.registry,
    action: 3,
    disposition: 5,
    isAlert: false,
    status: SUCCESS,
    statusCode: "gone",
  };
}

function tellRefused({ source, why, count, id }: Extract<Activity, { readonly kind: "refused" }>): Told {
  return {
    activity: CREATE,
    code: "gate.delivery.refused",
    severity: 3,
    message: `${count} deliveries from ${source} were refused: ${why}`,
    operation: "receive",
    requestId: id,
    actor: { app_name: source },
    source,
    action: 2,
    disposition: 25,
    isAlert: true,
    status: FAILURE,
    statusCode: "refused",
    detail: why,
    count,
  };
}

function tellParked({ work, why, id }: Extract<Activity, { readonly kind: "parked" }>): Told {
  return {
    code: "gate.work.parked",
    severity: 4,
    message: `${work} was given up: ${why}`,
    operation: "evaluate",
    requestId: id,
    actor: { app_name: PRODUCT },
    action: 0,
    disposition: 27,
    isAlert: true,
    status: FAILURE,
    statusCode: "parked",
    detail: why,
    own: { work: short(work) },
  };
}

const DECIDED = {
  stopped: { action: 3, disposition: 14 },
  approved: { action: 1, disposition: 8 },
  rejected: { action: 2, disposition: 25 },
} as const;

/** A stop is an alert: nothing more is held until somebody decides. */
function tellBraked({ run, cause, state, why, actor }: Extract<Activity, { readonly kind: "braked" }>): Told {
  const isStop = state === "stopped";
  return {
    code: `gate.run.${state}`,
    severity: isStop ? 4 : 1,
    message: isStop ? `run ${run} (${cause}) stopped and asks: ${why}` : `run ${run} (${cause}) was ${state}: ${why}`,
    operation: isStop ? "evaluate" : state === "approved" ? "approve" : "reject",
    requestId: run,
    actor: { app_name: PRODUCT, ...(actor === undefined ? {} : { user: { name: actor, ...labelled("type", USER_TYPE, 1) } }) },
    ...DECIDED[state],
    isAlert: isStop,
    status: SUCCESS,
    statusCode: state,
    detail: why,
    own: { run, cause },
  };
}

const TAKEN_OVER = {
  begun: { severity: 1, action: 3, disposition: 17, words: "is being taken over" },
  seen: { severity: 1, action: 3, disposition: 17, words: "is being taken over, and somebody has seen what would be held" },
  confirmed: { severity: 3, action: 1, disposition: 8, words: "is enforced from now on" },
  "in-charge": { severity: 3, action: 1, disposition: 8, words: "is enforced from now on" },
} as const;

/** From when on images of a registry are held, and who said so. */
function tellTakenOver({ registry, state, why, actor, correlationId }: Extract<Activity, { readonly kind: "taken-over" }>): Told {
  const { words, ...facts } = TAKEN_OVER[state];
  return {
    code: `gate.takeover.${state}`,
    message: `registry ${registry} ${words}: ${why}`,
    operation: "takeover",
    requestId: correlationId,
    actor: { app_name: PRODUCT, ...(actor === undefined ? {} : { user: { name: actor, ...labelled("type", USER_TYPE, 1) } }) },
    ...facts,
    isAlert: false,
    status: SUCCESS,
    statusCode: state,
    detail: why,
    own: { registry },
  };
}

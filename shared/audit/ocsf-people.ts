import type { AuditEvent } from "../domain/audit-event.ts";
import { printImageKey } from "../domain/image-ref.ts";
import { type Fields, PRODUCT, short } from "./ocsf-event.ts";
import { printImage } from "./ocsf-resource.ts";
import { labelled, USER_TYPE } from "./ocsf-tables.ts";
import { SUCCESS, type Told } from "./ocsf-told.ts";

type EventOf<K extends AuditEvent["kind"]> = Extract<AuditEvent, { readonly kind: K }>;

function person(name: string): Fields {
  return { app_name: PRODUCT, user: { name, ...labelled("type", USER_TYPE, 1) } };
}

/** A stop is an alert: from now on nothing that violates the policy is held. */
export function tellHalted({ state, by, id }: EventOf<"halted">): Told {
  const isStop = state === "stopped";
  return {
    code: `gate.acts.${state}`,
    severity: isStop ? 4 : 1,
    message: isStop
      ? `${by.name} stopped all that the gate does of itself: ${by.reason}`
      : `${by.name} let the gate act again: ${by.reason}`,
    operation: isStop ? "stop" : "resume",
    requestId: id,
    actor: person(by.name),
    action: isStop ? 3 : 1,
    disposition: isStop ? 14 : 8,
    isAlert: isStop,
    status: SUCCESS,
    statusCode: state,
    detail: by.reason,
  };
}

/** From then on the policy does not hold it, or does not give it back. */
export function tellDecided({ image, tags, stays, by }: EventOf<"decided">): Told {
  return {
    code: `registry.image.stays-${stays}`,
    severity: 1,
    message: `${printImage(image, tags)} stays ${stays}, whatever the policy says: ${by.name} said so: ${by.reason}`,
    operation: stays === "held" ? "hold" : "release",
    requestId: printImageKey(image),
    actor: person(by.name),
    action: 3,
    disposition: 17,
    isAlert: false,
    status: SUCCESS,
    statusCode: `stays-${stays}`,
    detail: by.reason,
  };
}

/** From then on what the place ran counts as running nowhere, and may be held. */
export function tellForgotten({ place, images, by, id }: EventOf<"place-forgotten">): Told {
  return {
    code: "gate.place.forgotten",
    severity: 3,
    message: `${by.name} had the gate forget what ${short(place)} runs (${images} images): ${by.reason}`,
    operation: "forget",
    requestId: id,
    actor: person(by.name),
    action: 3,
    disposition: 17,
    isAlert: false,
    status: SUCCESS,
    statusCode: "forgotten",
    detail: by.reason,
    own: { place: short(place), images },
  };
}

const DECIDED = {
  proposed: { action: 3, disposition: 17, words: "asks for" },
  confirmed: { action: 1, disposition: 8, words: "confirmed" },
  declined: { action: 2, disposition: 25, words: "declined" },
  void: { action: 2, disposition: 25, words: "would have confirmed, had it not changed," },
} as const;

/** An act that takes two people: who asked for it, and who said what to that. */
export function tellProposed({ proposal, act, subject, summary, state, by }: EventOf<"proposed">): Told {
  const { words, ...facts } = DECIDED[state];
  return {
    code: `gate.proposal.${state}`,
    severity: 1,
    message: `${by.name} ${words} ${act} (${proposal}): ${summary}`,
    operation: state === "proposed" ? "propose" : state === "confirmed" ? "confirm" : "decline",
    requestId: proposal,
    actor: person(by.name),
    ...facts,
    isAlert: false,
    status: SUCCESS,
    statusCode: state,
    detail: by.reason,
    own: { proposal, act, subject: short(subject) },
  };
}

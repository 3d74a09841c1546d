import type { AuditEvent } from "../domain/audit-event.ts";
import { PRODUCT, short } from "./ocsf-event.ts";
import { MAX_TAGS, printImage } from "./ocsf-resource.ts";
import { asFailed, asPlanned, CREATE, DELETE, SUCCESS, type Told } from "./ocsf-told.ts";

const PUBLICATION = {
  attest: { code: "attestation", done: "published", activity: CREATE, action: 1, disposition: 8 },
  withdraw: { code: "withdrawal", done: "withdrawn", activity: DELETE, action: 2, disposition: 24 },
} as const;

type Publishing = Extract<AuditEvent, { readonly kind: "publishing" | "published" }>;

/** The gate's own word beside an image, which admission controllers ask for: `subjects` are the digests that it is said of. */
export function tellPublication(event: Publishing): Told {
  const { verb, why, subjects } = event.step;
  return {
    activity: PUBLICATION[verb].activity,
    operation: verb,
    requestId: event.id,
    actor: { app_name: PRODUCT },
    own: { verb, reason: short(why), subjects: subjects.slice(0, MAX_TAGS) },
    ...(event.kind === "publishing" ? tellPlanned(event) : tellEnd(event)),
  };
}

type Ended = Omit<Told, "operation" | "requestId" | "actor">;

function tellPlanned({ image, tags, step: { verb, why } }: Extract<Publishing, { readonly kind: "publishing" }>): Ended {
  return {
    code: `registry.${PUBLICATION[verb].code}.planned`,
    message: `${verb} of the verdict on ${printImage(image, tags)} begins: ${why}`,
    ...asPlanned(why),
  };
}

function tellEnd({ image, tags, step: { verb, why }, outcome }: Extract<Publishing, { readonly kind: "published" }>): Ended {
  const { code, done, action, disposition } = PUBLICATION[verb];
  const name = printImage(image, tags);
  if (outcome.kind === "failed")
    return {
      code: `registry.${code}.failed`,
      message: `${verb} of the verdict on ${name} failed: ${outcome.why}`,
      // A pass that still stands admits what it should not.
      ...asFailed(verb === "withdraw" ? 4 : 3, outcome),
    };
  return {
    code: `registry.attestation.${done}`,
    severity: 1,
    message: `the signed verdict on ${name} is ${done}: ${why}`,
    action,
    disposition,
    isAlert: false,
    status: SUCCESS,
    statusCode: done,
    detail: outcome.notes.length === 0 ? why : outcome.notes.join("; "),
  };
}

import type { AuditEvent } from "../domain/audit-event.ts";
import type { PublicationOutcome, PublicationStep } from "../domain/publication.ts";
import { PRODUCT, short } from "./ocsf-event.ts";
import { type ImageEvent, MAX_TAGS, printImage } from "./ocsf-resource.ts";
import { CREATE, DELETE, FAILURE, OTHER, SUCCESS, type Told } from "./ocsf-told.ts";

const PUBLICATION = {
  attest: { code: "attest", done: "published", activity: CREATE, action: 1, disposition: 8 },
  withdraw: { code: "withdraw", done: "withdrawn", activity: DELETE, action: 2, disposition: 24 },
} as const;

type Publishing = Extract<AuditEvent, { readonly kind: "publishing" | "published" }>;

export function tellPublication(event: Publishing): Told {
  const planned = tellPublishing(event, event.step);
  return event.kind === "publishing" ? planned : { ...planned, ...tellPublished(event, event.step, event.outcome) };
}

/** The gate's own word beside an image, which admission controllers ask for: `subjects` are the digests that it is said of. */
function tellPublishing(event: ImageEvent, { verb, why, subjects }: PublicationStep): Told {
  const { code, activity } = PUBLICATION[verb];
  return {
    activity,
    code: `registry.verdict.${code}.planned`,
    severity: 1,
    message: `${verb} of the verdict on ${printImage(event.image, event.tags)} begins: ${why}`,
    operation: verb,
    requestId: event.id,
    actor: { app_name: PRODUCT },
    action: 3,
    disposition: 17,
    isAlert: false,
    status: OTHER,
    statusName: "Planned",
    statusCode: "planned",
    detail: why,
    own: { verb, reason: short(why), subjects: subjects.slice(0, MAX_TAGS) },
  };
}

function tellPublished(event: ImageEvent, { verb, why }: PublicationStep, outcome: PublicationOutcome): Partial<Told> {
  const { code, done, action, disposition } = PUBLICATION[verb];
  const name = printImage(event.image, event.tags);
  if (outcome.kind === "failed")
    return {
      code: `registry.verdict.${code}.failed`,
      // A pass that still stands admits what it should not.
      severity: verb === "withdraw" ? 4 : 3,
      message: `${verb} of the verdict on ${name} failed: ${outcome.why}`,
      action: 0,
      disposition: 27,
      isAlert: true,
      status: FAILURE,
      statusCode: outcome.code,
      detail: outcome.why,
    };
  return {
    code: `registry.verdict.${done}`,
    message: `the signed verdict on ${name} is ${done}: ${why}`,
    action,
    disposition,
    status: SUCCESS,
    statusCode: done,
    detail: outcome.notes.length === 0 ? why : outcome.notes.join("; "),
  };
}

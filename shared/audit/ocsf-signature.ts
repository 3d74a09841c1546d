import type { JournalEntry } from "../domain/audit-event.ts";
import { LOSS_WORDS, type LossCause, signersOf } from "../domain/signed.ts";
import { printInstant } from "../domain/time.ts";
import { envelop, type Fields, type OcsfEvent, type Producer, short } from "./ocsf-event.ts";
import { cloudOf, findingPlace, type ImageEvent, MAX_TAGS, printImage, resourceFields } from "./ocsf-resource.ts";
import { ACTION, ANALYTIC_TYPE, CONFIDENCE, DETECTION_FINDING, DISPOSITION, LOGGED, labelled, OBSERVED, USER_TYPE } from "./ocsf-tables.ts";

export type SignatureEvent = Extract<ImageEvent, { readonly kind: "signature" }>;

interface State {
  readonly activity: number;
  readonly status: number;
  readonly disposition: number;
}

const STATES: Readonly<Record<SignatureEvent["state"], State>> = {
  lost: { activity: 1, status: 1, disposition: 19 },
  restored: { activity: 3, status: 4, disposition: 11 },
  ended: { activity: 3, status: 4, disposition: 16 },
};

/** Somebody has to look at once where nobody could know that it would end. */
interface Weight {
  readonly severity: number;
  readonly isAlert: boolean;
  readonly remedy: string;
}

const WEIGHTS: Readonly<Record<LossCause, Weight>> = {
  deleted: { severity: 4, isAlert: true, remedy: "find out who deleted the signature, and sign the image again" },
  replaced: { severity: 4, isAlert: true, remedy: "find out who replaced the signature, and sign the image again" },
  revoked: {
    severity: 4,
    isAlert: true,
    remedy: "find out why the certificate was revoked; build and sign the image again if its key was stolen",
  },
  expired: { severity: 3, isAlert: false, remedy: "sign the image again, or replace it by a newer one" },
  distrusted: { severity: 3, isAlert: false, remedy: "sign the image as somebody who is trusted, or trust the signer again" },
};

/** Whether somebody has to look at once. */
export function isSignatureAlert({ state, loss }: Pick<SignatureEvent, "state" | "loss">): boolean {
  return state === "lost" && WEIGHTS[loss.cause].isAlert;
}

/** A signature that was lost as Detection Finding: created when no accepted one is left, closed when there is one again or the image is gone. */
export function renderSignature(entry: JournalEntry, event: SignatureEvent, producer: Producer): OcsfEvent {
  const { image, tags, state, loss, signatures } = event;
  const { severity, isAlert, remedy } = WEIGHTS[loss.cause];
  const isLost = state === "lost";
  const { activity, status, disposition } = STATES[state];
  const signers = signersOf(signatures);
  return envelop(entry, producer, {
    class: DETECTION_FINDING,
    activity,
    code: `registry.signature.${state}`,
    severity: isLost ? severity : 1,
    message: messageOf(event, signers),
    isTruncated: tags.length > MAX_TAGS,
    cloud: cloudOf(image),
    own: { state, cause: loss.cause, signers },
    fields: {
      finding_info: findingInfo(event),
      evidences: [evidenceOf(event)],
      ...(isLost ? { remediation: { desc: remedy } } : {}),
      ...resourceFields(event),
      ...labelled("action", ACTION, OBSERVED),
      ...labelled("disposition", DISPOSITION, isLost && !isAlert ? LOGGED : disposition),
      is_alert: isSignatureAlert(event),
      ...labelled("confidence", CONFIDENCE, 3),
      ...labelled("status", DETECTION_FINDING.statuses, status),
      status_code: isLost ? loss.cause : state,
      status_detail: detailOf(event, signers),
    },
  });
}

function messageOf({ image, tags, state, loss }: SignatureEvent, signers: readonly string[]): string {
  const name = printImage(image, tags);
  const by = loss.actor === undefined ? "" : ` (by ${loss.actor})`;
  switch (state) {
    case "lost":
      return `${name} was signed by ${signers.join(", ")} and is not any more: ${LOSS_WORDS[loss.cause]}${by}`;
    case "restored":
      return `${name} is signed again, by ${signers.join(", ")}`;
    case "ended":
      return `${name}, which was not signed any more, has left its registry`;
  }
}

function detailOf({ state, loss }: SignatureEvent, signers: readonly string[]): string {
  if (state === "lost") return short(`${LOSS_WORDS[loss.cause]}; it was accepted as that of ${signers.join(", ")}`);
  return `not signed since ${printInstant(loss.at)}: ${LOSS_WORDS[loss.cause]}`;
}

function findingInfo({ image, tags, state, loss, at }: SignatureEvent): Fields {
  const says = state === "lost" ? "was signed and is not any more" : state === "restored" ? "is signed again" : "has left its registry";
  return {
    uid: signatureFindingUid(image),
    title: `${printImage(image, tags)} ${says}`,
    types: ["Container Image Signature"],
    analytic: { uid: "signature-lost", name: "Signature lost", ...labelled("type", ANALYTIC_TYPE, 1) },
    created_time: loss.at,
    modified_time: at,
  };
}

/** The same through all losses of an image: no time, no tag, no policy. No policy's name has a slash. */
export function signatureFindingUid(image: SignatureEvent["image"]): string {
  return `signature/lost:${findingPlace(image)}`;
}

/** Whom the registry named, and what is missing. */
function evidenceOf({ image, loss, signatures }: SignatureEvent): Fields {
  const lost = signatures.map(({ format, place, identity }) => ({ format, place: short(place), identity: short(identity) }));
  const actor =
    loss.actor === undefined ? {} : { actor: { app_name: image.registry, user: { name: loss.actor, ...labelled("type", USER_TYPE, 0) } } };
  return { ...actor, data: { cause: loss.cause, reason: LOSS_WORDS[loss.cause], signatures: lost } };
}

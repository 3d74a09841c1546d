import { type BrakeLimits, type ProtectedImages, printProtected } from "../domain/brake.ts";
import { type Instant, printInstant } from "../domain/time.ts";
import type { AskedHold, HoldAnswer, RunFacts, SoFar } from "../ports/run-store.ts";

/** Whether somebody pulled an image within the time that counts. */
export type LastPull =
  | { readonly kind: "pulled"; readonly at: Instant }
  | { readonly kind: "not-pulled" }
  /** The registry tells of pulls, and not for long enough to know. */
  | { readonly kind: "unknown"; readonly toldSince: Instant }
  /** The registry has never told of a pull, so that the limit means nothing there. */
  | { readonly kind: "not-told" };

/** What is known of the image itself, whatever its run has done. */
export interface Guarded {
  readonly lastPull: LastPull;
  readonly protectedBy?: ProtectedImages;
}

const TWO = "it takes two people";

const GO: HoldAnswer = { kind: "go" };

/** Whether a run may hold one more image. Asked before the hold is planned. */
export function mayHold(limits: BrakeLimits, facts: RunFacts, hold: AskedHold, guarded: Guarded): HoldAnswer {
  return answer(facts, hold, () => objection(limits, facts.soFar(), hold, guarded));
}

/** The same for a run that asks before its first hold, whatever the limits allow. */
export function mayHoldForTwo(facts: RunFacts, hold: AskedHold): HoldAnswer {
  return answer(facts, hold, () => TWO);
}

/** Whether one more of the images that were held long may be deleted for ever. What is protected never comes so far. */
export function mayDelete(limits: BrakeLimits | "off", facts: RunFacts, image: AskedHold, takesTwo: boolean): HoldAnswer {
  return answer(facts, image, () => (takesTwo ? TWO : limits === "off" ? undefined : tooManyDeleted(limits, facts.soFar())));
}

function tooManyDeleted({ images, perHour }: BrakeLimits, { held, heldInHour }: SoFar): string | undefined {
  if (held + 1 > images) return `it would delete more than ${images} images for ever`;
  return heldInHour + 1 > perHour ? `more than ${perHour} images would be held or deleted within an hour` : undefined;
}

function answer(facts: RunFacts, hold: AskedHold, objectionOf: () => string | undefined): HoldAnswer {
  const { state, before } = facts;
  if (before?.answer === "go" || state === "approved") return GO;
  if (state === "stopped") return wait(facts.why ?? "the run was stopped");
  if (state === "rejected") return afterRejection(facts, hold.reasons);
  const why = objectionOf();
  return why === undefined ? GO : wait(why);
}

/** What a person left free stays so for the reasons that were known then; another reason is another matter. */
function afterRejection({ before, why }: RunFacts, reasons: readonly string[]): HoldAnswer {
  const isOther = before !== undefined && reasons.some((reason) => !before.reasons.includes(reason));
  return isOther ? GO : wait(why ?? "the run was rejected");
}

function objection(limits: BrakeLimits, soFar: SoFar, hold: AskedHold, guarded: Guarded): string | undefined {
  return tooMany(limits, soFar) ?? tooDear(guarded) ?? tooMuchOfRepository(limits, soFar, hold);
}

function tooMany({ images, perHour }: BrakeLimits, { held, heldInHour }: SoFar): string | undefined {
  if (held + 1 > images) return `it would hold more than ${images} images`;
  return heldInHour + 1 > perHour ? `more than ${perHour} images would be held within an hour` : undefined;
}

/** Not to know when it was pulled last counts as lately, where the registry could tell. */
function tooDear({ lastPull, protectedBy }: Guarded): string | undefined {
  if (protectedBy !== undefined) return `it would hold what ${printProtected(protectedBy)} protects`;
  if (lastPull.kind === "pulled") return `it would hold an image that was pulled at ${printInstant(lastPull.at)}`;
  if (lastPull.kind !== "unknown") return undefined;
  return `it would hold an image of which nobody knows whether it was pulled lately: the registry tells of pulls since ${printInstant(lastPull.toldSince)} only`;
}

function tooMuchOfRepository(
  { ofRepository, lastTag, lastCompliant }: BrakeLimits,
  soFar: SoFar,
  { image, hasTags }: AskedHold,
): string | undefined {
  const { heldInRepository, imagesInRepository, isLastTagged, isLastCompliant } = soFar;
  const place = `${image.registry}/${image.repository}`;
  if (lastTag && hasTags && isLastTagged) return `it would take the last tag of ${place}`;
  if ((heldInRepository + 1) * 100 > ofRepository * imagesInRepository) return `it would hold more than ${ofRepository} % of ${place}`;
  return lastCompliant && hasTags && isLastCompliant ? `no image of ${place} that complies would be left` : undefined;
}

function wait(why: string): HoldAnswer {
  return { kind: "wait", why };
}

import type { AskedHold, HoldAnswer, RunFacts, SoFar } from "../ports/run-store.ts";

/** What one run may hold before it stops and asks. */
export interface BrakeLimits {
  readonly images: number;
  /** Percent of the images that a repository serves. */
  readonly ofRepository: number;
  /** Whether it stops before the last image with a tag is taken from a repository. */
  readonly lastTag: boolean;
}

const GO: HoldAnswer = { kind: "go" };

/** Whether a run may hold one more image. Asked before the hold is planned. */
export function mayHold(limits: BrakeLimits, facts: RunFacts, hold: AskedHold): HoldAnswer {
  const { state, before } = facts;
  if (before?.answer === "go" || state === "approved") return GO;
  if (state === "stopped") return wait(facts.why ?? "the run was stopped");
  if (state === "rejected") return afterRejection(facts, hold.reasons);
  const why = objection(limits, facts.soFar(), hold);
  return why === undefined ? GO : wait(why);
}

/** What a person left free stays so for the reasons that were known then; another reason is another matter. */
function afterRejection({ before, why }: RunFacts, reasons: readonly string[]): HoldAnswer {
  const isOther = before !== undefined && reasons.some((reason) => !before.reasons.includes(reason));
  return isOther ? GO : wait(why ?? "the run was rejected");
}

function objection({ images, ofRepository, lastTag }: BrakeLimits, soFar: SoFar, { image, hasTags }: AskedHold): string | undefined {
  const { held, heldInRepository, imagesInRepository, isLastTagged } = soFar;
  const place = `${image.registry}/${image.repository}`;
  if (held + 1 > images) return `it would hold more than ${images} images`;
  if (lastTag && hasTags && isLastTagged) return `it would take the last tag of ${place}`;
  if ((heldInRepository + 1) * 100 > ofRepository * imagesInRepository) return `it would hold more than ${ofRepository} % of ${place}`;
  return undefined;
}

function wait(why: string): HoldAnswer {
  return { kind: "wait", why };
}

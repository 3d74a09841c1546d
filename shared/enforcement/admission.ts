import { printDeadline } from "../domain/deadline.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { printInstant } from "../domain/time.ts";
import type { AdmissionAnswer } from "../ports/admission.ts";

/** `elsewhere`: in a registry that the gate does not watch. */
export type Standing =
  | { readonly kind: "elsewhere" }
  | { readonly kind: "unknown" }
  | { readonly kind: "known"; readonly record: ImageRecord };

export interface AdmissionTerms {
  /** What is answered for an image of a watched registry that was never judged. */
  readonly unknown: "warn" | "refuse";
}

/**
 * Whether a cluster may start an image, by what the gate knows already. What violates is refused to whoever did not run it before; a restart of what
 * runs is never refused for it, but that something is held for good or by hand is told by the registry itself.
 */
export function answerFor(standing: Standing, isRunning: boolean, { unknown }: AdmissionTerms): AdmissionAnswer {
  switch (standing.kind) {
    case "elsewhere":
      return { kind: "allow" };
    case "unknown":
      return { kind: isRunning ? "warn" : unknown, why: "the gate has never judged it" };
    case "known":
      return answerOf(standing.record, isRunning);
    default:
      return standing satisfies never;
  }
}

function answerOf(record: ImageRecord, isRunning: boolean): AdmissionAnswer {
  const { verdict, hold, override } = record;
  if (hold.kind === "held") return { kind: "refuse", why: `held since ${printInstant(hold.since)}${reasonsOf(record)}` };
  if (verdict === undefined) return { kind: "warn", why: "it is not judged yet" };
  if (override?.kind === "release") return { kind: "allow" };
  if (verdict.kind === "compliant") return { kind: "allow" };
  if (verdict.kind === "indeterminate" && !verdict.holdsUnknown) return { kind: "warn", why: `a fact is missing${reasonsOf(record)}` };
  if (verdict.mode === "dry-run") return { kind: "warn", why: `it would be refused (dry run)${reasonsOf(record)}` };
  const until = record.deadline === undefined ? "" : `; to be mended ${printDeadline(record.deadline)}`;
  return { kind: isRunning ? "warn" : "refuse", why: `it is ${verdict.kind}${reasonsOf(record)}${until}` };
}

const MOST_NAMED = 3;

function reasonsOf({ verdict }: ImageRecord): string {
  const enforced = (verdict?.reasons ?? [])
    .filter(({ level }) => level === "enforce")
    .map(({ ruleId, message }) => `${ruleId}: ${message}`);
  if (enforced.length === 0) return "";
  const more = enforced.length - MOST_NAMED;
  return `; ${enforced.slice(0, MOST_NAMED).join("; ")}${more > 0 ? ` and ${more} more` : ""}`;
}

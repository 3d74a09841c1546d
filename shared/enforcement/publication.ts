import type { ImageRecord } from "../domain/image-record.ts";
import { add, type Duration, type Instant } from "../domain/time.ts";
import { asksForHold } from "../domain/verdict.ts";

/**
 * What should be published of an image. `keep`: what stands may stand until it is old, and nothing new is said. `as-is`: nothing is changed at all.
 */
export type Stance = "pass" | "keep" | "none" | "as-is";

/**
 * A pass is said of what was asked something and violates nothing, where the gate enforces. It goes at once with what would be held; on a missing fact
 * alone, and while a stopped run waits for an answer, nothing is cut before its time: the pass is not renewed, and ends with its period.
 */
export function stanceOf(record: ImageRecord, isOn: boolean): Stance {
  const { verdict, isBraked } = record;
  if (verdict === undefined || verdict.mode === "dry-run") return "as-is";
  if (!isOn || isTaken(record)) return "none";
  if (verdict.kind === "compliant") return verdict.appliedRules?.length === 0 ? "none" : "pass";
  const isCut = verdict.kind === "violating" || asksForHold(verdict);
  return isCut && isBraked !== true ? "none" : "keep";
}

function isTaken({ presence, hold, override }: ImageRecord): boolean {
  return presence === "gone" || hold.kind === "held" || override?.kind === "hold";
}

/** Whether an image should be looked at for what is published of it, though no event asked for that. */
export function isPublicationDue(
  record: ImageRecord,
  publisher: { readonly isOn: boolean; readonly freshFor: Duration },
  now: Instant,
): boolean {
  const { published } = record;
  const stance = stanceOf(record, publisher.isOn);
  if (stance === "as-is") return false;
  if (stance === "none") return published !== undefined;
  if (published === undefined) return stance === "pass";
  return add(published.fault?.at ?? published.at, publisher.freshFor) <= now;
}

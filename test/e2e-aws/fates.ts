import type { Kind } from "./images.ts";

/** Of a hundred images. */
const [VIOLATING, UNTOLD, LATE, SCANNED_AT_ONCE, AGAIN, RESTORED, TURNED, EMPTY] = [30, 4, 5, 15, 6, 6, 4, 10];
const SCAN_MS = 1_500;
/** A scan takes up to so long, and most of them much longer than what is done for the push. */
const LONGEST_SCAN_MS = 12_000;

/** What happens to an image, and what is done to another one after its push. */
export interface Fate {
  readonly kind: Kind;
  /** No event of it arrives. */
  readonly isUntold: boolean;
  /** That it was pushed arrives last. */
  readonly isLate: boolean;
  readonly scanForMs: number;
  /** Its findings are asked for in vain so often, although the scan is complete. */
  readonly emptyLooks: number;
  /** The youngest image that is held is pushed once more. */
  readonly isAgain: boolean;
  /** It is brought back from the archive by somebody else. */
  readonly isRestored: boolean;
  /** Something is found in an image that complied. */
  readonly isTurned: boolean;
}

const CALM = { isUntold: false, isLate: false, scanForMs: SCAN_MS, emptyLooks: 0, isAgain: false, isRestored: false, isTurned: false };

/** @param slow of a hundred images, those in which nothing is found; these, and those whose findings come late, are judged again minutes later */
export function fateOf(random: () => number, slow: { readonly clean: number; readonly hasEmpty: boolean }, isCalm: boolean): Fate {
  const happens = (percent: number): boolean => random() * 100 < percent;
  const [isViolating, isClean] = [happens(VIOLATING), happens(slow.clean)];
  const [isUntold, isLate, isScannedAtOnce, isEmpty] = [happens(UNTOLD), happens(LATE), happens(SCANNED_AT_ONCE), happens(EMPTY)];
  const [isAgain, isRestored, isTurned] = [happens(AGAIN), happens(RESTORED), happens(TURNED)];
  const scanForMs = SCAN_MS + random() * (LONGEST_SCAN_MS - SCAN_MS);
  const kind: Kind = isViolating ? "violating" : isClean ? "clean" : "compliant";
  if (isCalm) return { kind, ...CALM };
  // A list stays empty for some minutes after its scan: who is found by a sweep is looked at later than that.
  const emptyLooks = isEmpty && slow.hasEmpty && !isUntold ? 1 : 0;
  return { kind, isUntold, isLate, scanForMs: isScannedAtOnce ? 0 : scanForMs, emptyLooks, isAgain, isRestored, isTurned };
}

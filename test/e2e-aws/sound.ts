import type { StoryFigures } from "./story.ts";

/** Whether every image is judged and enforced, nothing is lost, and all say the same. */
export function isSound({ judgement, poison, siem, restedInTime }: StoryFigures): boolean {
  const { misjudged, unenforced, wronglyCut, divergences, lostEvents, strangeEvents, journal, parked } = judgement;
  const { missing, passed, stray, untold } = poison;
  const faults = [misjudged, unenforced, wronglyCut, divergences, lostEvents, strangeEvents, missing, passed, stray, untold];
  return (
    restedInTime &&
    faults.every(({ length }) => length === 0) &&
    parked + journal.problems + siem.forged === 0 &&
    journal.signed === journal.chains
  );
}

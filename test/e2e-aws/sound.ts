import type { StoryFigures } from "./story.ts";

/** Whether every image is judged and enforced, nothing is lost, and all say the same. */
export function isSound({ judgement, poison, siem, restedInTime }: StoryFigures): boolean {
  const { misjudged, unenforced, wronglyCut, divergences, lostEvents, strangeEvents, journal, parked } = judgement;
  const faults = [misjudged, unenforced, wronglyCut, divergences, lostEvents, strangeEvents, poison.missing, poison.stray, poison.untold];
  return (
    restedInTime &&
    faults.every(({ length }) => length === 0) &&
    parked + journal.problems + siem.forged === 0 &&
    journal.signed === journal.chains
  );
}

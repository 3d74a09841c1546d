import type { StoryFigures } from "./story.ts";

/** Whether every image is judged and enforced, nothing is lost, and all say the same. */
export function isSound({ judgement, givenUp, restedInTime }: StoryFigures): boolean {
  const { misjudged, unenforced, divergences, lostEvents, strangeEvents, journal, parked } = judgement;
  const faults = [misjudged, unenforced, divergences, lostEvents, strangeEvents];
  return (
    restedInTime &&
    faults.every(({ length }) => length === 0) &&
    givenUp + parked + journal.problems === 0 &&
    journal.signed === journal.chains
  );
}

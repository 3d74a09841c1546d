import type { History } from "./history.ts";
import { runHistory } from "./history.ts";
import type { Move } from "./move.ts";

/** A history that goes wrong, and no shorter one by leaving out moves does. */
export interface Shrunk {
  readonly history: History;
  readonly findings: readonly string[];
}

/** Leaves out moves as long as something is still wrong at the end: halves first, then ever fewer at once (delta debugging). */
export async function shrink(history: History, findings: readonly string[]): Promise<Shrunk> {
  let shortest: Shrunk = { history, findings };
  for (let width = Math.ceil(history.moves.length / 2); width >= 1; width = width === 1 ? 0 : Math.ceil(width / 2)) {
    for (let from = 0; from < shortest.history.moves.length; ) {
      const shorter = { ...history, moves: without(shortest.history.moves, from, width) };
      const found = await runHistory(shorter);
      if (found.length > 0) shortest = { history: shorter, findings: found };
      else from += width;
    }
  }
  return shortest;
}

function without(moves: readonly Move[], from: number, width: number): readonly Move[] {
  return moves.toSpliced(from, width);
}

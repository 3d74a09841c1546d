/** The known word that was probably meant, by edit distance; `undefined` where none is close. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase(), limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate));
  return ranked[0]?.candidate;
}

/** `did you mean "select"? known here: ...`, or only the words where none is close. */
export function suggest(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  const all = known.length === 0 ? "nothing is known here" : `known here: ${known.join(", ")}`;
  return meant === undefined ? all : `did you mean ${JSON.stringify(meant)}? (${all})`;
}

// Levenshtein, one row at a time. Words whose lengths differ by more than the limit are not compared.
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

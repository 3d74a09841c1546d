/** Breaks at spaces; a word longer than a line is cut. */
export function wrap(text: string, width: number): readonly string[] {
  const room = Math.max(20, width);
  const pieces = text.split(" ").flatMap((word) => (word.length <= room ? [word] : (word.match(new RegExp(`.{1,${room}}`, "gu")) ?? [])));
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + piece.length <= room) lines[lines.length - 1] = `${last} ${piece}`;
    else lines.push(piece);
  }
  return lines;
}

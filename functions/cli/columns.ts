/** Rows as aligned columns, two spaces between; the last column is not padded, and is cut where the line would be longer than `width`. */
export function columns(rows: readonly (readonly string[])[], width: number): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => {
    const line = row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ");
    return line.length > width ? `${line.slice(0, Math.max(0, width - 3))}...` : line;
  });
}

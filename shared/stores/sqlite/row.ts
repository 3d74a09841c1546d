import type { SQLOutputValue } from "node:sqlite";

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** Thrown where a column is not what the schema says: the file was changed by somebody else. */
function broken(column: string): TypeError {
  return new TypeError(`the store's column ${column} does not hold what its schema says`);
}

export function text(row: Row | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value === "string") return value;
  throw broken(column);
}

export function textOrNone(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

export function whole(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw broken(column);
}

export function wholeOrNone(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : whole(row, column);
}

export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw broken(column);
}

/** A document that this store wrote from a typed value; the schema's version guards its shape. */
export function body<T>(row: Row, column: string): T {
  return JSON.parse(text(row, column));
}

/** @throws TypeError where the column holds another word */
export function oneOf<T extends string>(words: readonly T[], row: Row, column: string): T {
  const found = words.find((word) => word === text(row, column));
  if (found === undefined) throw new TypeError(`the store's column ${column} does not hold what its schema says`);
  return found;
}

import { quote } from "../domain/parse-error.ts";
import type { Located, Path } from "./place.ts";
import type { Problem } from "./policy-error.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** One group of keys of a policy file, as plain values that no schema has seen. */
export interface Entry {
  readonly fields: Fields;
  readonly path: Path;
}

export function listAt({ data }: Located, path: readonly string[]): readonly Entry[] {
  const list = valueAt(data, path);
  return Array.isArray(list)
    ? list.flatMap((fields: unknown, index) => (isFields(fields) ? [{ fields, path: [...path, index] }] : []))
    : [];
}

export function valueAt(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isFields(value) ? value[key] : undefined), data);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function repeated(located: Located, entries: readonly Entry[], field: string, noun: string): readonly Problem[] {
  const seen = new Set<unknown>();
  return entries.flatMap(({ fields, path }) => {
    const value = fields[field];
    if (typeof value !== "string" || !seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [
      { place: located.place([...path, field]), message: `there is another ${noun} ${quote(value)} above`, mend: "give each its own name" },
    ];
  });
}

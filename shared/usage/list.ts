/** Commands print one object or a list of them. */
export function asList(document: unknown): readonly unknown[] {
  return Array.isArray(document) ? document : [document];
}

/** Empty where it is no text. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

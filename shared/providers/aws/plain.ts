/** What the SDK made of an answer, as it came: times are text again. */
export function plain(items: readonly unknown[]): readonly unknown[] {
  const text = JSON.stringify(items);
  const read: unknown = JSON.parse(text);
  return Array.isArray(read) ? read : [];
}

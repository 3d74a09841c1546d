/**
 * One text for one value: members sorted by UTF-16 code units, no white space, numbers and strings as ECMAScript prints them (RFC 8785).
 * Absent and `undefined` members are the same. Only data that JSON can hold is given here.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return Array.isArray(value) ? list(value) : members(value);
}

// Written as loops: every journal entry passes here on its way to the disk.

function list(items: readonly unknown[]): string {
  let text = "";
  for (const item of items) text += `${text === "" ? "[" : ","}${canonicalJson(item ?? null)}`;
  return text === "" ? "[]" : `${text}]`;
}

function members(value: object): string {
  const record: Readonly<Record<string, unknown>> = { ...value };
  let text = "";
  for (const name of Object.keys(record).sort()) {
    const member = record[name];
    if (member !== undefined) text += `${text === "" ? "{" : ","}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return text === "" ? "{}" : `${text}}`;
}

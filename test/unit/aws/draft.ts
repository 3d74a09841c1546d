import { at, isObject, ofType, type Template } from "./template.ts";

/** A copy that a test breaks. */
export type Draft = Template;

export function set(draft: Draft, name: string, path: readonly string[], value: unknown): void {
  const resource = draft.Resources[name];
  if (resource === undefined) throw new Error(`no ${name}`);
  const last = path.at(-1) ?? "";
  const parent = at(resource.Properties, ...path.slice(0, -1));
  if (!isObject(parent)) throw new Error(`no ${path.join(".")}`);
  // A list entry with undefined would not be what JSON says.
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else Object.assign(parent, { [last]: value });
}

export function setAll(draft: Draft, type: string, property: string, value: unknown): void {
  for (const [name] of ofType(draft, type)) set(draft, name, [property], value);
}

export function grant(draft: Draft, role: string, Action: string, Resource: unknown): void {
  const policies = at(draft.Resources[role]?.Properties, "Policies", 0, "PolicyDocument", "Statement");
  if (!Array.isArray(policies)) throw new Error(`no policy in ${role}`);
  policies.push({ Effect: "Allow", Action: [Action], Resource });
}

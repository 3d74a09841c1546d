import * as z from "zod";

/**
 * Names of the members that a schema looks at, at any depth, as `PruneLimits.keeps` takes them: `name.*` where everything below the member
 * is looked at. `more`: names that are used without a schema.
 */
export function keptNames(schema: z.core.$ZodType, ...more: readonly string[]): readonly string[] {
  const names = new Set(more);
  walk(schema, names, new Set());
  return [...names];
}

function walk(schema: z.core.$ZodType, names: Set<string>, seen: Set<z.core.$ZodType>): void {
  if (seen.has(schema)) return;
  seen.add(schema);
  if (schema instanceof z.ZodObject) {
    for (const [name, member] of Object.entries(schema.shape)) {
      names.add(isOpen(member) ? `${name}.*` : name);
      walk(member, names, seen);
    }
  }
  for (const inner of innerOf(schema)) walk(inner, names, seen);
}

function innerOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodUnion || schema instanceof z.ZodDiscriminatedUnion) return schema.options;
  if (schema instanceof z.ZodPipe) return [schema.in];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodCatch) return [schema.def.innerType];
  return [];
}

/** Whether any name may stand below it. */
function isOpen(schema: z.core.$ZodType): boolean {
  if (schema instanceof z.ZodRecord || schema instanceof z.ZodUnknown) return true;
  if (schema instanceof z.ZodObject) return schema.def.catchall !== undefined;
  return innerOf(schema).some(isOpen);
}

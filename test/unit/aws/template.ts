import * as z from "zod";

const RESOURCE = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Condition: z.string().optional(),
  DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});

const TEMPLATE = z.object({
  AWSTemplateFormatVersion: z.literal("2010-09-09"),
  Description: z.string().optional(),
  Parameters: z.record(z.string(), z.looseObject({ Type: z.string(), Description: z.string() })).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), RESOURCE),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown(), Condition: z.string().optional() })).default({}),
});

export type Template = z.output<typeof TEMPLATE>;
export type Resource = z.output<typeof RESOURCE>;

/** @throws ZodError on what is no template */
export function readTemplate(text: string): Template {
  return TEMPLATE.parse(JSON.parse(text));
}

/** Resources of a type, with their logical names. */
export function ofType({ Resources }: Template, type: string): readonly (readonly [name: string, resource: Resource])[] {
  return Object.entries(Resources).filter(([, { Type }]) => Type === type);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Member by member, through objects and lists; undefined where the way ends. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return inner[Number(step)];
    return isObject(inner) ? inner[step] : undefined;
  }, value);
}

/** Every object and list in a value, itself included, with the way to it. */
export function* within(value: unknown, path = ""): Generator<readonly [path: string, value: unknown]> {
  yield [path, value];
  const members = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  for (const [name, member] of members) yield* within(member, `${path}/${name}`);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

/** Logical name that a `Ref` or `Fn::GetAtt` points to. */
export function target(value: unknown): string | undefined {
  const name = at(value, "Ref") ?? at(value, "Fn::GetAtt", 0);
  return typeof name === "string" ? name : undefined;
}

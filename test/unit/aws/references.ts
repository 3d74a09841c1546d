import { RESOURCE_TYPES } from "./resource-types.ts";
import { isObject, listOf, type Template, within } from "./template.ts";

// AWS CloudFormation user guide, "Pseudo parameters reference".
const PSEUDO = ["AccountId", "NoValue", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix"].map(
  (name) => `AWS::${name}`,
);

/** Names that point nowhere, properties that do not exist, and what is declared but used by nothing. */
export function referenceFaults(template: Template): readonly string[] {
  return [...propertyFaults(template), ...pointerFaults(template), ...idleFaults(template)];
}

function propertyFaults({ Resources }: Template): readonly string[] {
  return Object.entries(Resources).flatMap(([name, { Type, Properties }]) => {
    const known = RESOURCE_TYPES[Type];
    if (known === undefined) return [`${name}: ${Type} is not in the table of types`];
    const given = Object.keys(Properties);
    return [
      ...given.filter((property) => !known.properties.includes(property)).map((property) => `${name}: ${Type} has no ${property}`),
      ...known.required.filter((property) => !given.includes(property)).map((property) => `${name}: ${Type} needs ${property}`),
    ];
  });
}

interface Pointer {
  readonly from: string;
  readonly name: string;
  readonly attribute?: string;
}

function pointersOf(template: Template): readonly Pointer[] {
  const places = { Resources: template.Resources, Outputs: template.Outputs, Conditions: template.Conditions };
  return [...within(places)].flatMap(([from, value]) => (isObject(value) ? pointersIn(from, value) : []));
}

function pointersIn(from: string, value: Readonly<Record<string, unknown>>): readonly Pointer[] {
  const { Ref, "Fn::GetAtt": attribute, "Fn::Sub": text } = value;
  if (typeof Ref === "string") return [{ from, name: Ref }];
  if (Array.isArray(attribute)) return [{ from, name: String(attribute[0]), attribute: String(attribute[1]) }];
  if (typeof text !== "string") return [];
  return [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, inner = ""]) => {
    const [name = "", member] = inner.split(".");
    return member === undefined ? { from, name } : { from, name, attribute: member };
  });
}

function pointerFaults(template: Template): readonly string[] {
  const { Resources, Parameters, Conditions } = template;
  const dangling = pointersOf(template).flatMap(({ from, name, attribute }) => {
    if (attribute === undefined)
      return PSEUDO.includes(name) || name in Resources || name in Parameters ? [] : [`${from}: there is no ${name}`];
    const type = Resources[name]?.Type;
    return type !== undefined && RESOURCE_TYPES[type]?.attributes.includes(attribute) === true
      ? []
      : [`${from}: there is no ${name}.${attribute}`];
  });
  const conditions = [...within({ ...template.Resources, ...template.Outputs })].flatMap(([from, value]) => {
    if (!isObject(value)) return [];
    const { Condition, "Fn::If": choice } = value;
    const named = [typeof Condition === "string" ? [Condition] : [], Array.isArray(choice) ? [String(choice[0])] : []].flat();
    return named.filter((name) => !(name in Conditions)).map((name) => `${from}: there is no condition ${name}`);
  });
  const waits = Object.entries(Resources).flatMap(([name, { Condition, DependsOn }]) =>
    listOf(DependsOn).flatMap((other) => {
      const awaited = Resources[String(other)];
      if (awaited === undefined) return [`${name}: there is no ${String(other)} to wait for`];
      return awaited.Condition === undefined || awaited.Condition === Condition
        ? []
        : [`${name}: ${String(other)} is there only where ${awaited.Condition}`];
    }),
  );
  return [...dangling, ...conditions, ...waits, ...unguardedFaults(template)];
}

/** What is there only under a condition may be named only under the same one. */
function unguardedFaults(template: Template): readonly string[] {
  const conditionOf = (name: string): string | undefined => template.Resources[name]?.Condition;
  const walk = (value: unknown, holds: readonly string[], from: string): readonly string[] => {
    if (Array.isArray(value)) return value.flatMap((member) => walk(member, holds, from));
    if (!isObject(value)) return [];
    const choice = value["Fn::If"];
    if (Array.isArray(choice)) return [...walk(choice[1], [...holds, String(choice[0])], from), ...walk(choice[2], holds, from)];
    const here = pointersIn(from, value).flatMap(({ name }) => {
      const needed = conditionOf(name);
      return needed === undefined || holds.includes(needed) ? [] : [`${from}: ${name} is there only where ${needed}`];
    });
    return [...here, ...Object.values(value).flatMap((member) => walk(member, holds, from))];
  };
  const parts = { ...template.Resources, ...template.Outputs };
  return Object.entries(parts).flatMap(([name, part]) => walk(part, listOf(part.Condition).map(String), name));
}

function idleFaults(template: Template): readonly string[] {
  const named = new Set(pointersOf(template).map(({ name }) => name));
  const text = JSON.stringify([template.Resources, template.Outputs]);
  return [
    ...Object.keys(template.Parameters)
      .filter((name) => !named.has(name))
      .map((name) => `the parameter ${name} is used by nothing`),
    ...Object.keys(template.Conditions)
      .filter((name) => !text.includes(`"${name}"`))
      .map((name) => `the condition ${name} is used by nothing`),
    ...Object.entries(template.Resources)
      .filter(([name, { Type, Properties }]) => Type === "AWS::IAM::Role" && !named.has(name) && !isNamed(text, Properties["RoleName"]))
      .map(([name]) => `the role ${name} is used by nothing`),
  ];
}

/** Whether something names a role by the name that it is given, as an ARN of any account does. */
function isNamed(text: string, roleName: unknown): boolean {
  const name = isObject(roleName) ? roleName["Fn::Sub"] : roleName;
  return typeof name === "string" && text.includes(`:role/${name}"`);
}

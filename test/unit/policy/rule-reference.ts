import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { IMAGE_VARIABLES, STATEMENT_VARIABLES, TYPES } from "../../../shared/policy/cel/types.ts";
import { COMMON_FIELDS } from "../../../shared/policy/field.ts";
import { policyJsonSchema } from "../../../shared/policy/schema.ts";

const DOCUMENT = fileURLToPath(new URL("../../../.github/docs/rules.md", import.meta.url));
const MARK = "<!-- Everything below is made of the schema by test/unit/policy/rule-reference.ts. -->\n";

type Schema = Readonly<Record<string, unknown>>;

/** The document as it is, and as it would be if its reference were made now. */
export function documentOfRules(): { readonly stored: string; readonly made: string } {
  const stored = readFileSync(DOCUMENT, "utf8");
  return { stored, made: stored.slice(0, stored.indexOf(MARK)) + MARK + reference() };
}

function reference(): string {
  return `\n# Reference of the rules\n\n${[commonSection(), ...ruleSchemas().map(ruleSection), expressionSection()].join("\n")}`;
}

function ruleSchemas(): readonly Schema[] {
  return listOf(member(member(member(policyJsonSchema(), "properties"), "rules"), "items"), "oneOf");
}

function commonSection(): string {
  const [first = {}] = ruleSchemas();
  return `## Fields of every rule\n\n${table(
    Object.entries(member(first, "properties")).filter(([name]) => Object.hasOwn(COMMON_FIELDS, name)),
    first,
  )}`;
}

function ruleSection(schema: Schema): string {
  const fields = Object.entries(member(schema, "properties")).filter(([name]) => name !== "rule" && !Object.hasOwn(COMMON_FIELDS, name));
  const kind = member(member(schema, "properties"), "rule")["const"];
  return `## \`${word(kind)}\`\n\n${word(schema["description"])}\n\n${table(fields, schema)}`;
}

function table(fields: readonly (readonly [string, unknown])[], around: Schema, prefix = ""): string {
  return `| Field | Value | Meaning |\n|---|---|---|\n${rows(fields, around, prefix).join("")}`;
}

function rows(fields: readonly (readonly [string, unknown])[], around: Schema, prefix: string): readonly string[] {
  return fields.flatMap(([name, value]) => {
    const schema = asSchema(value);
    const isRequired = listOf(around, "required").includes(name as never) && schema["default"] === undefined;
    const inner = objectIn(schema);
    const own = `| \`${prefix}${name}\` | ${cell(typeOf(schema))}${notes(schema, isRequired)} | ${cell(word(schema["description"] ?? ""))} |\n`;
    return inner === undefined ? [own] : [own, ...rows(Object.entries(member(inner, "properties")), inner, `${prefix}${name}.`)];
  });
}

function notes(schema: Schema, isRequired: boolean): string {
  if (isRequired) return ", required";
  const preset = schema["default"];
  return preset === undefined || typeof preset === "object" ? "" : `, else \`${JSON.stringify(preset).replace(/^"(.*)"$/, "$1")}\``;
}

/** The object whose fields are told in rows of their own: a group, or the items of a list. */
function objectIn(schema: Schema): Schema | undefined {
  const candidates = [schema, member(schema, "items"), ...listOf(schema, "anyOf")];
  return candidates.find((one) => one["properties"] !== undefined);
}

function typeOf(schema: Schema): string {
  if (schema["const"] !== undefined) return `\`${word(schema["const"])}\``;
  if (Array.isArray(schema["enum"])) return schema["enum"].map((one) => `\`${word(one)}\``).join(" or ");
  if (Array.isArray(schema["anyOf"])) return [...new Set(listOf(schema, "anyOf").map(typeOf))].join(" or ");
  if (schema["type"] === "array") return `list of ${typeOf(member(schema, "items"))}`;
  if (schema["type"] === "object")
    return schema["properties"] === undefined ? `names, each with ${typeOf(member(schema, "additionalProperties"))}` : "group";
  if (schema["type"] === "boolean") return "`true` or `false`";
  if (schema["type"] === "string") return /ms\|s\|m/.test(word(schema["pattern"])) ? "duration (`14d`)" : "text";
  return schema["type"] === "integer" ? "whole number" : word(schema["type"] ?? "text");
}

function expressionSection(): string {
  const types = Object.entries(TYPES).map(([name, fields]) => {
    const lines = Object.entries(fields).map(([field, { type, doc }]) => `| \`${field}\` | \`${type}\` | ${cell(doc)} |\n`);
    return `### ${name}\n\n| Field | Type | Meaning |\n|---|---|---|\n${lines.join("")}`;
  });
  return `## What an expression may name\n\nIn \`when\` of \`expression\`:\n\n${variables(IMAGE_VARIABLES)}\nIn \`when\` of \`attestation-required\`:\n\n${variables(STATEMENT_VARIABLES)}\n${types.join("\n")}`;
}

function variables(all: Readonly<Record<string, { readonly type: string; readonly isList: boolean; readonly doc: string }>>): string {
  const lines = Object.entries(all).map(
    ([name, { type, isList, doc }]) => `| \`${name}\` | ${isList ? `list of ${type}` : type} | ${cell(doc)} |\n`,
  );
  return `| Name | Type | Meaning |\n|---|---|---|\n${lines.join("")}`;
}

function word(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function member(schema: Schema, name: string): Schema {
  return asSchema(schema[name]);
}

function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}

function listOf(schema: Schema, name: string): readonly Schema[] {
  const value = schema[name];
  return Array.isArray(value) ? (value as readonly Schema[]) : [];
}

// node test/unit/policy/rule-reference.ts writes the document anew.
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(DOCUMENT, documentOfRules().made);

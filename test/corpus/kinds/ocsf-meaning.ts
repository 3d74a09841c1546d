import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { OcsfEvent } from "../../../shared/audit/ocsf-event.ts";

const TABLES = z.object({
  classes: z.record(z.string(), z.looseObject({ recommended: z.array(z.string()).optional(), deprecated: z.array(z.string()).optional() })),
  deprecated_attributes: z.record(z.string(), z.array(z.string())),
});
type Tables = z.output<typeof TABLES>;

/** Recommended, and not known to a gate that speaks to registries through their clients; or only where there is an image or a remedy. */
const NOT_ALWAYS: readonly string[] = [
  "resource",
  "http_request",
  "http_response",
  "dst_endpoint",
  "observables",
  "resources",
  "remediation",
  "status_detail",
];

const tables = new Map<string, Tables>();

/** What a schema cannot say. @returns the first thing that is wrong. */
export function checkMeaning(folder: string, event: OcsfEvent): string | undefined {
  const known = tables.get(folder) ?? TABLES.parse(JSON.parse(readFileSync(join(folder, "tables.1.8.0.json"), "utf8")));
  tables.set(folder, known);
  const kind = known.classes[z.string().parse(event["class_name"]).toLowerCase().replaceAll(" ", "_")];
  const missing = kind?.recommended?.find((name) => !NOT_ALWAYS.includes(name) && !(name in event));
  if (missing !== undefined) return `recommended ${missing} is missing`;
  const old = kind?.deprecated?.find((name) => name in event) ?? oldAttribute(known, event);
  return old === undefined ? danglingObservable(event) : `deprecated ${old} is written`;
}

const OBJECTS: Readonly<Record<string, string>> = {
  metadata: "metadata",
  finding_info: "finding_info",
  compliance: "compliance",
  actor: "actor",
  remediation: "remediation",
};

function oldAttribute({ deprecated_attributes: deprecated }: Tables, event: OcsfEvent): string | undefined {
  for (const [attribute, object] of Object.entries(OBJECTS)) {
    const value = event[attribute];
    const old = deprecated[object]?.find((name) => typeof value === "object" && value !== null && name in value);
    if (old !== undefined) return `${attribute}.${old}`;
  }
  return undefined;
}

/** An observable's name is a path in the event, and its value stands there. */
function danglingObservable(event: OcsfEvent): string | undefined {
  const observables = z.array(z.object({ name: z.string(), value: z.string() })).parse(event["observables"] ?? []);
  return observables.find(({ name, value }) => !valuesAt(event, name.split(".")).includes(value))?.name;
}

function valuesAt(value: unknown, [step, ...rest]: readonly string[]): readonly unknown[] {
  if (step === undefined) return [value];
  const name = step.replace("[]", "");
  const next = typeof value === "object" && value !== null ? Object.entries(value).find(([member]) => member === name)?.[1] : undefined;
  return Array.isArray(next) ? next.flatMap((item) => valuesAt(item, rest)) : valuesAt(next, rest);
}

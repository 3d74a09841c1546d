import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import fc from "fast-check";
import * as z from "zod";
import { link } from "../../../shared/audit/chain.ts";
import { toOcsf } from "../../../shared/audit/ocsf.ts";
import type { OcsfEvent } from "../../../shared/audit/ocsf-event.ts";
import { auditEvent } from "../../fixtures/audit-arbitrary.ts";
import { checkMeaning } from "./ocsf-meaning.ts";
import { checkTables } from "./ocsf-tables.ts";
import type { FolderKind, Row } from "./row.ts";

const SAMPLE = z.object({ schema: z.string(), event: z.record(z.string(), z.unknown()) });
/** Enough that every kind of event, level, mode, strength and provider occurs many times. */
const EVENTS = 6_000;

type Validate = (schema: string) => ValidateFunction;

/**
 * `valid` samples pass and `invalid` ones fail (a test of this test), our tables are the vendor's, and every event that the gate can tell
 * passes the schema of its class with exactly the profiles that it declares.
 */
export const checkOcsf: FolderKind = async function* (folder) {
  const validate = compiler(folder);
  yield* samples(folder, validate);
  yield* checkTables(folder);
  yield* rendered(folder, validate);
};

function compiler(folder: string): Validate {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  const compiled = new Map<string, ValidateFunction>();
  return (schema) => {
    const known = compiled.get(schema) ?? ajv.compile(JSON.parse(readFileSync(join(folder, schema), "utf8")));
    compiled.set(schema, known);
    return known;
  };
}

function* samples(folder: string, validate: Validate): Generator<Row> {
  for (const kind of ["valid", "invalid"] as const) {
    for (const file of readdirSync(join(folder, "samples", kind))) {
      const { schema, event } = SAMPLE.parse(JSON.parse(readFileSync(join(folder, "samples", kind, file), "utf8")));
      const check = validate(schema);
      const isValid = check(event);
      const name = `ocsf/samples/${kind}/${file}`;
      yield isValid === (kind === "valid")
        ? { case: name, outcome: "passed" }
        : { case: name, outcome: "failed", detail: isValid ? "was taken for valid" : errorsOf(check) };
    }
  }
}

/** One row for each event code and set of profiles; the first event that fails is named. */
function* rendered(folder: string, validate: Validate): Generator<Row> {
  const problems = new Map<string, string | undefined>();
  for (const event of renderedEvents()) {
    const profiles = z.array(z.string()).parse(event.metadata["profiles"]);
    const name = `ocsf/rendered/${z.string().parse(event.metadata["event_code"])} (${profiles.join("+")})`;
    if (problems.get(name) === undefined) problems.set(name, problemOf(event, folder, validate(schemaOf(event, profiles))));
  }
  for (const name of expectedNames()) if (!problems.has(name)) problems.set(name, "no such event was made");
  for (const [name, detail] of problems)
    yield detail === undefined ? { case: name, outcome: "passed" } : { case: name, outcome: "failed", detail };
}

const IMAGE_CODES: readonly string[] = [
  ...["allow", "audit", "deny", "indeterminate", "warn"].map((verdict) => `registry.verdict.${verdict}`),
  ...["planned", "applied", "failed", "released"].map((phase) => `registry.quarantine.${phase}`),
  "registry.release.planned",
  "registry.release.failed",
  "registry.action.superseded",
  ...["planned", "failed", "mark", "roll-back", "promote", "restore"].map((phase) => `registry.retag.${phase}`),
  "registry.finding.closed",
  "registry.image.gone",
  ...["planned", "failed", "published", "withdrawn"].map((phase) => `registry.attestation.${phase}`),
  "registry.withdrawal.planned",
  "registry.withdrawal.failed",
  ...["lost", "restored", "ended"].map((state) => `registry.signature.${state}`),
];

/** An event that is never made cannot fail: each has to be among those that were checked. */
function expectedNames(): readonly string[] {
  const ofImages = IMAGE_CODES.flatMap((code) => [`${code} (security_control)`, `${code} (cloud+security_control)`]);
  return [...ofImages, "gate.delivery.refused (security_control)", "gate.work.parked (security_control)"].map(
    (name) => `ocsf/rendered/${name}`,
  );
}

function renderedEvents(): readonly OcsfEvent[] {
  return fc.sample(auditEvent, { numRuns: EVENTS, seed: 1 }).map((event, place) => {
    // As it reaches a sink: through the store's text.
    return JSON.parse(JSON.stringify(toOcsf({ sequence: place + 1, ...link(undefined, event) }, { version: "1.2.3" })));
  });
}

function schemaOf(event: OcsfEvent, profiles: readonly string[]): string {
  const name = z.string().parse(event["class_name"]).toLowerCase().replaceAll(" ", "_");
  return `1.8.0/${name}.${profiles.length === 0 ? "base" : profiles.toSorted().join("+")}.schema.json`;
}

function problemOf(event: OcsfEvent, folder: string, validate: ValidateFunction): string | undefined {
  return validate(event) ? checkMeaning(folder, event) : errorsOf(validate);
}

function errorsOf({ errors }: ValidateFunction): string {
  return (errors ?? [])
    .slice(0, 3)
    .map(({ instancePath, message, params }) => `${instancePath} ${message ?? ""} ${JSON.stringify(params)}`)
    .join("; ");
}

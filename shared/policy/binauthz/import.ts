import { stringify } from "yaml";
import type * as z from "zod";
import { isFields } from "../entries.ts";
import { type Located, readYaml } from "../place.ts";
import { PolicyError } from "../policy-error.ts";
import { takePlatform } from "./platform.ts";
import { policyName, takeProject } from "./project.ts";
import { PLATFORM_POLICY, PROJECT_POLICY } from "./shape.ts";
import { nothingTaken, type Taken } from "./taken.ts";

/** A policy of Binary Authorization in plain words, and as much of it as Moorgate's own rules can say. */
export interface ImportedPolicy {
  readonly kind: "project" | "platform";
  readonly explained: readonly string[];
  /** As a policy file has it; absent: nothing of it makes a rule. It is a dry run: what it would change is looked at first. */
  readonly policy?: object;
  readonly leftOut: Taken["leftOut"];
}

/**
 * Reads the policy of a project (`gcloud container binauthz policy export`, or `projects/P/policy` of the API) or one of continuous validation (`gcloud
 * beta container binauthz policy describe`, `projects/P/platforms/gke/policies/N`), in YAML or JSON.
 * @throws PolicyError where it is neither
 */
export function importBinauthzPolicy(text: string, file: string): ImportedPolicy {
  const located = readYaml(text, file);
  const taken = nothingTaken(located);
  const data = located.data;
  if (has(data, "gkePolicy")) {
    const policy = parse(PLATFORM_POLICY, located);
    takePlatform(policy, taken);
    return answer("platform", policy.name, taken);
  }
  if (has(data, "defaultAdmissionRule")) {
    const policy = parse(PROJECT_POLICY, located);
    takeProject(policy, taken);
    return answer("project", policy.name, taken);
  }
  throw notOne(located.place([]));
}

function has(data: unknown, member: string): boolean {
  return isFields(data) && typeof data[member] === "object" && data[member] !== null;
}

function parse<Shape>(shape: z.ZodType<Shape>, located: Located): Shape {
  const read = shape.safeParse(located.data);
  if (read.success) return read.data;
  throw notOne(located.place(read.error.issues[0]?.path ?? []));
}

function notOne(place: string): PolicyError {
  const mend = "give what `gcloud container binauthz policy export` prints, or a platform policy with gkePolicy";
  return new PolicyError([{ place, message: "this is no policy of Binary Authorization", mend }]);
}

function answer(kind: ImportedPolicy["kind"], name: string, taken: Taken): ImportedPolicy {
  const { explained, leftOut, rules, keys, attestors } = taken;
  if (rules.length === 0) return { kind, explained, leftOut };
  const trust = { ...(keys.length === 0 ? {} : { keys }), ...(attestors.length === 0 ? {} : { attestors }) };
  const policy = {
    apiVersion: "moorgate.dev/v1",
    kind: "Policy",
    metadata: { name: policyName(name) },
    mode: "dry-run",
    ...(Object.keys(trust).length === 0 ? {} : { trust }),
    rules,
  };
  return { kind, explained, leftOut, policy };
}

/** The policy as a file. */
export function printImported(policy: object): string {
  return stringify(policy, { version: "1.2", schema: "core", lineWidth: 0, aliasDuplicateObjects: false });
}

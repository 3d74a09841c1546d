import { stringify } from "yaml";
import type { BaseQuery, EmergencyQuery } from "../../domain/emergency.ts";
import { patternsOf } from "./package.ts";
import { printHoldTarget } from "./query.ts";

/**
 * Entries for `rules:` of a policy that keep out from now on what a query finds. `names`: of the vulnerability, all under which it goes. `digests`: of
 * the image that was named, and of its platforms.
 */
export function ruleFor(query: EmergencyQuery, names: readonly string[], digests: readonly string[]): string {
  return stringify([{ id: `no-${idOf(query)}`, ...parametersOf(query, names, digests) }], { lineWidth: 0 }).trimEnd();
}

function idOf(query: EmergencyQuery): string {
  const text = query.kind === "digest" ? query.digest.slice(0, 19) : printHoldTarget(query).replace(/@.*$/s, "");
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 50);
}

function parametersOf(query: EmergencyQuery, names: readonly string[], digests: readonly string[]): object {
  switch (query.kind) {
    case "vulnerability":
      return { rule: "severity-threshold", ids: [...names] };
    case "package":
      return { rule: "package-banned", packages: [...patternsOf(query)] };
    case "digest":
      return expressed(`image.digest in ${JSON.stringify(digests)}`, "is an image that must not be used");
    case "base":
      return expressed(baseExpression(query), `is built on ${query.name ?? query.digest}, which must not be used`);
  }
}

function expressed(when: string, message: string): object {
  return { rule: "expression", when, message, severity: "critical" };
}

/** What a build tells of its base, as annotations and as labels (image-spec, "Pre-Defined Annotation Keys"). */
function baseExpression({ name, digest }: BaseQuery): string {
  const key = JSON.stringify(`org.opencontainers.image.base.${digest === undefined ? "name" : "digest"}`);
  const wanted = digest === undefined ? spellings(name ?? "") : [digest];
  const told = (place: string): string =>
    `(${key} in ${place} && ${digest === undefined && !isTagged(name ?? "") ? startsWithAny(`${place}[${key}]`, wanted) : `${place}[${key}] in ${JSON.stringify(wanted)}`})`;
  return `${told("image.annotations")} || ${told("config.labels")}`;
}

function startsWithAny(value: string, names: readonly string[]): string {
  return `(${names.map((name) => `${value} == ${JSON.stringify(name)} || ${value}.startsWith(${JSON.stringify(`${name}:`)})`).join(" || ")})`;
}

function isTagged(name: string): boolean {
  return /:[^/:]*$/.test(name);
}

/** `debian:12` is `docker.io/library/debian:12`. */
function spellings(name: string): readonly string[] {
  const hub = name.replace(/^docker\.io\//, "");
  return hub === name ? [name] : [...new Set([name, hub, hub.replace(/^library\//, "")])];
}

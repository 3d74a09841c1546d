import * as z from "zod";
import { ENFORCEMENT_SETTINGS } from "./enforcement/settings.ts";
import { closed, NAMED_SELECTION, name, SELECTION } from "./field.ts";
import { FINDING_SETTINGS } from "./findings/settings.ts";
import { rules } from "./rules/table.ts";
import { TRUST_SETTINGS } from "./trust/settings.ts";
import { WAIVERS_DOCUMENT } from "./waivers/document.ts";
import { WAIVER_SETTINGS } from "./waivers/settings.ts";

const [firstEntry, ...otherEntries] = nonEmpty(Object.values(rules).map((rule) => rule.entry));

const HEAD = {
  apiVersion: z.literal("moorgate.dev/v1"),
  kind: z.literal("Policy"),
  metadata: closed({ name: name("Name of the policy; it stands in every verdict and event.") }),
};
const RULES = z
  .array(z.discriminatedUnion("rule", [firstEntry, ...otherEntries]))
  .min(1, { error: "write at least one rule: without any, every image would be compliant" });

const INCLUDED = z.string().regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[\w./@+ -]*(?:\*[\w.-]*)?$/, {
  error: "write a path below the folder of this file, such as teams/payments.yaml or waivers/*.yaml",
});

export const POLICY_DOCUMENT = closed({
  ...HEAD,
  mode: z.enum(["dry-run", "enforce"]).describe("dry-run: everything is judged and told, nothing in a registry is changed."),
  include: z
    .array(INCLUDED)
    .default([])
    .describe(
      "Further files, relative to this one; * in the last part stands for any text. A file of kind Policy has a scope and rules for it, one of kind Waivers has waivers. The file waivers.yaml beside this one is read without being named.",
    ),
  trust: TRUST_SETTINGS.prefault({}).describe("Whose signatures count."),
  findings: FINDING_SETTINGS.prefault({}).describe("How findings count before any rule looks at them."),
  enforcement: ENFORCEMENT_SETTINGS.prefault({}).describe("What becomes of an image that the policy would hold."),
  waivers: WAIVER_SETTINGS.prefault({}).describe("What is demanded of waivers."),
  teams: z
    .array(closed({ name: name("Name of the team."), ...NAMED_SELECTION }))
    .default([])
    .describe("Whose images are whose; rules and files can be for a team."),
  rules: RULES,
});

/** A further file: rules for a part of the images. Mode, keys and settings are the policy's alone. */
export const LAYER_DOCUMENT = z.lazy(() =>
  closed({
    ...HEAD,
    scope: closed(SELECTION).describe(
      "Which images the file is for. A rule in it replaces the one with the same id of every wider file; from wide to narrow: the policy itself, a registry, a repository or tag, a label or team.",
    ),
    rules: RULES,
  }),
);

const DOCUMENTS = { policy: POLICY_DOCUMENT, layer: LAYER_DOCUMENT, waivers: WAIVERS_DOCUMENT } as const;
const TITLES = { policy: "Moorgate policy", layer: "Moorgate policy for a part of the images", waivers: "Moorgate waivers" } as const;

/** JSON Schema (draft 2020-12) of a policy's file, for editors and documents. Made of the same schema that reads the file. */
export function policyJsonSchema(file: keyof typeof DOCUMENTS = "policy"): Record<string, unknown> {
  return { ...z.toJSONSchema(DOCUMENTS[file], { io: "input" }), title: TITLES[file] };
}

function nonEmpty<T>(items: readonly T[]): readonly [T, ...T[]] {
  const [first, ...rest] = items;
  if (first === undefined) throw new Error("the table of rules is empty");
  return [first, ...rest];
}

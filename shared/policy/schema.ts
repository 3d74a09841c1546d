import * as z from "zod";
import { closed, name } from "./field.ts";
import { FINDING_SETTINGS } from "./finding-settings.ts";
import { rules } from "./rules/table.ts";

const [firstEntry, ...otherEntries] = nonEmpty(Object.values(rules).map((rule) => rule.entry));

const TRUSTED_KEY = closed({
  name: name("Name of the key; rules and reasons use it."),
  file: z.string().min(1, { error: "name a file" }).optional().describe("Public key in PEM, read relative to the policy file."),
  pem: z.string().optional().describe("Public key in PEM, written out here."),
  hash: z
    .enum(["sha256", "sha384", "sha512", "of-key"])
    .default("of-key")
    .describe(
      "Digest that goes with the key. of-key: that of the key's own strength, as cosign signs: SHA-384 for P-384, SHA-512 for P-521, else SHA-256.",
    ),
}).meta({ oneOf: [{ required: ["file"] }, { required: ["pem"] }] });

export const POLICY_DOCUMENT = closed({
  apiVersion: z.literal("moorgate.dev/v1"),
  kind: z.literal("Policy"),
  metadata: closed({ name: name("Name of the policy; it stands in every verdict and event.") }),
  mode: z.enum(["dry-run", "enforce"]).describe("dry-run: everything is judged and told, nothing in a registry is changed."),
  trust: closed({ keys: z.array(TRUSTED_KEY).default([]) })
    .prefault({})
    .describe("Whose signatures count."),
  findings: FINDING_SETTINGS.prefault({}).describe("How findings count before any rule looks at them."),
  rules: z
    .array(z.discriminatedUnion("rule", [firstEntry, ...otherEntries]))
    .min(1, { error: "write at least one rule: without any, every image would be compliant" }),
});

/** JSON Schema (draft 2020-12) of a policy file, for editors and documents. Made of the same schema that reads the file. */
export function policyJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(POLICY_DOCUMENT, { io: "input" }), title: "Moorgate policy" };
}

function nonEmpty<T>(items: readonly T[]): readonly [T, ...T[]] {
  const [first, ...rest] = items;
  if (first === undefined) throw new Error("the table of rules is empty");
  return [first, ...rest];
}

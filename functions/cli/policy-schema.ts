import { policyJsonSchema } from "../../shared/policy/schema.ts";
import { policyTestJsonSchema } from "../../shared/policy/testing/document.ts";
import { EXIT } from "./exit-code.ts";
import type { Flags } from "./flags.ts";
import type { Run } from "./verb.ts";

/** Over several lines: people put it into a file and look at its changes. */
export const runPolicySchema: Run = async ({ flags, terminal, asJson }) => {
  const schema = flags.on("tests") ? policyTestJsonSchema() : policyJsonSchema(fileOf(flags));
  if (asJson) terminal.printJson(schema);
  else terminal.print(JSON.stringify(schema, undefined, 2));
  return EXIT.fine;
};

function fileOf(flags: Flags): "policy" | "layer" | "waivers" {
  if (flags.on("waivers")) return "waivers";
  return flags.on("included") ? "layer" : "policy";
}

import { importBinauthzPolicy, printImported } from "../../shared/policy/binauthz/import.ts";
import { EXIT } from "./exit-code.ts";
import { readText } from "./read-text.ts";
import type { Run } from "./verb.ts";

/** Explains another system's policy on stderr, and prints what of it becomes one of Moorgate's. */
export const runPolicyImport: Run = async ({ words, terminal, asJson }) => {
  const file = words[0] ?? "";
  const { kind, explained, policy, leftOut } = importBinauthzPolicy(readText(file, "policy"), file);
  if (asJson) terminal.printJson({ kind, explained, ...(policy === undefined ? {} : { policy }), leftOut });
  else {
    for (const line of explained) terminal.tell(`  ${line}`);
    for (const { from, why } of leftOut) terminal.tell(`  ! left out   ${from}: ${why}`);
    if (policy === undefined) terminal.tell("  - nothing of it makes a rule, so no policy is printed");
    else terminal.print(printImported(policy).trimEnd());
  }
  return leftOut.length === 0 ? EXIT.fine : EXIT.violating;
};

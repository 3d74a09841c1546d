import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtInText } from "./built-in.ts";
import { EXIT } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import { makeFolder } from "./folder.ts";
import { writeNewFile } from "./new-file.ts";
import { isExample, POLICY_EXAMPLES } from "./policy-examples.ts";
import type { Run } from "./verb.ts";

const READABLE = 0o644;

export const runPolicyInit: Run = async ({ words, flags, terminal, asJson }) => {
  const file = words[0] ?? "policy.yaml";
  const from = flags.text("from") ?? "baseline";
  if (!isExample(from))
    throw usageError(
      "Could not write a policy",
      `there is no example ${JSON.stringify(from)}`,
      `write --from ${POLICY_EXAMPLES.join("|")}`,
    );
  if (isFolder(file)) throw usageError(`Could not write ${file}`, "it is a folder", `name a file in it: ${join(file, "policy.yaml")}`);
  makeFolder(dirname(file), 0o755);
  if (!writeNewFile(file, builtInText(from), READABLE))
    throw usageError(`Could not write ${file}`, "it is there already, and stays as it is", "edit it, or name another file");
  if (asJson) terminal.printJson({ file, from });
  else
    terminal.print(
      [
        `  + written  ${file}, from ${from}`,
        "",
        `  Check it   moorgate policy check ${file}`,
        `  See first  moorgate simulate --policy ${file}     what it would change`,
      ].join("\n"),
    );
  return EXIT.fine;
};

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

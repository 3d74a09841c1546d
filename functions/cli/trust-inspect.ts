import { readFileSync } from "node:fs";
import { activate } from "../../shared/compose/policy-file.ts";
import { factsOfFile, factsOfTrust } from "../../shared/compose/trust-facts.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { EXIT } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import { keptRoots } from "./kept-roots.ts";
import { readText } from "./read-text.ts";
import { renderFile, renderTrust } from "./trust-text.ts";
import { fileView, trustView } from "./trust-view.ts";
import type { Call, Run } from "./verb.ts";

/** Shows what a policy trusts, or what one file holds that could be trusted. Reads, and asks nobody. */
export const runTrustInspect: Run = async (call) => {
  const [file] = call.words;
  if (file !== undefined && call.flags.text("policy") !== undefined)
    throw usageError("Could not read the command line", "a file and --policy are two things to inspect", "name one of the two");
  if (file === undefined) inspectPolicy(call, call.flags.text("policy") ?? "policy.yaml");
  else inspectFile(call, file);
  return EXIT.fine;
};

function inspectPolicy({ terminal, flags, asJson }: Call, file: string): void {
  const { policy, trust } = activate(readText(file, "policy"), file, keptRoots(flags));
  const view = trustView(policy.trust, factsOfTrust(trust), systemClock.now());
  const { name, version } = policy.id;
  if (asJson) terminal.printJson({ policy: { name, version, file }, ...view });
  else terminal.print([`  TRUST      ${name}@${version.slice(0, 6)}, ${file}`, "", ...renderTrust(view, terminal)].join("\n"));
}

function inspectFile({ terminal, asJson }: Call, file: string): void {
  const view = fileView(factsOfFile(readBytes(file), file), systemClock.now());
  if (asJson) terminal.printJson({ file, ...view });
  else terminal.print([`  FILE       ${file}`, "", ...renderFile(view, terminal)].join("\n"));
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new ParseError(file, `it cannot be read (${code})`, "name a file that this user may read");
  }
}

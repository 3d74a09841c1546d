import { join } from "node:path";
import { parsePolicySet } from "../policy/document.ts";
import { nameFor, readIncluded, readText } from "./policy-files.ts";
import { parseHistorySettings } from "./settings.ts";

/**
 * Reads the settings and the policy that are packed with functions, as far as that can be done where they are packed: neither secrets nor
 * what is kept of mirrors lie there.
 * @throws PolicyError with every problem of the first file that has one; ParseError where a file cannot be read
 */
export function readPackaged(folder: string): void {
  const [settings, policy] = [join(folder, "moorgate.yaml"), join(folder, "policy.yaml")];
  parseHistorySettings(readText(settings, "settings"), nameFor(settings));
  const text = readText(policy, "policy");
  parsePolicySet({ text, file: nameFor(policy) }, readIncluded(text, policy), "unversioned");
}

import type { Decision } from "../../shared/policy/waivers/draft.ts";
import { usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";

/** Who decides, and who has to act. Nobody is guessed. @throws CliError */
export function whoOf(flags: Flags, what: string): Omit<Decision, "reason"> {
  const [owner, approvedBy, ticket] = [flags.text("owner"), flags.text("approvedBy"), flags.text("ticket")];
  if (owner === undefined) throw usageError(what, "nobody was named who has to act", "add --owner TEAM");
  if (approvedBy === undefined) throw usageError(what, "nobody was named who approves it", "add --approved-by NAME");
  return { owner, approvedBy, ...(ticket === undefined ? {} : { ticket }) };
}

/** The same with the reason. @throws CliError */
export function decisionOf(flags: Flags, what: string): Decision {
  const reason = flags.text("reason")?.trim() ?? "";
  if (reason === "") throw usageError(what, "no reason was given; it stands in every verdict", 'add --reason "why"');
  return { ...whoOf(flags, what), reason };
}

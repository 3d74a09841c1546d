import { usageError } from "./fault.ts";
import type { Call } from "./verb.ts";

/** The reason for what is asked: nothing is written down of a dry run, so it needs none. @throws CliError where it takes one and none was given */
export function reasonOf(call: Pick<Call, "flags">, verb: string): { readonly reason?: string } {
  return call.flags.on("dryRun") ? {} : { reason: demandReason(call, verb) };
}

/** The reason for a change. @throws CliError where none was given */
export function demandReason({ flags }: Pick<Call, "flags">, verb: string): string {
  const reason = flags.text("reason")?.trim();
  if (reason !== undefined && reason !== "") return reason;
  throw usageError(`Could not ${verb}`, "no reason was given; it goes into the journal", `add --reason "why"`);
}

/** Whether a person has to agree to the plan. @throws CliError where somebody has to and nobody is there */
export function mustAsk({ flags, terminal, asJson }: Pick<Call, "flags" | "terminal" | "asJson">, verb: string): boolean {
  const isAsked = !flags.on("yes") && !flags.on("dryRun");
  if (!isAsked || (!asJson && terminal.interactive)) return isAsked;
  throw usageError(
    `Could not ${verb}`,
    "nobody can be asked here whether the plan is right",
    "look at the plan with --dry-run, then add --yes",
  );
}

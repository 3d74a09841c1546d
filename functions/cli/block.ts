import type { Explanation } from "../../shared/policy/explain/explain.ts";
import { renderMarkdown } from "../../shared/policy/explain/render-markdown.ts";
import { renderText } from "../../shared/policy/explain/render-text.ts";
import { usageError } from "./fault.ts";
import type { Call } from "./verb.ts";

/** The standard block in the skin that the flags ask for; `tail`: a last line of the terminal's form. */
export function printBlock({ terminal, flags }: Call, explanation: Explanation, tail: string): void {
  if (flags.on("markdown")) terminal.print(renderMarkdown(explanation));
  else terminal.print(`${renderText(explanation, { colour: terminal.colour, width: terminal.columns })}\n  ${tail}`);
}

/** @throws CliError */
export function refuseTwoForms({ flags, asJson }: Call): void {
  if (asJson && flags.on("markdown"))
    throw usageError("Could not read the command line", "--json and --markdown are two forms of the same", "keep one of the two");
}

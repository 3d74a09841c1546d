import { readEnvironment } from "../../shared/runtime/config.ts";
import type { ExitCode } from "./exit-code.ts";
import { runProgram } from "./program.ts";
import { openTerminal } from "./terminal.ts";
import { version } from "./version.ts";

/** Opens the terminal and runs one command line. */
export async function start(words: readonly string[]): Promise<ExitCode> {
  const environment = readEnvironment();
  const noColour = (environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb";
  return await runProgram(words, openTerminal({ noColour }), version);
}

import { runProgram } from "../../../functions/cli/program.ts";
import type { Terminal } from "../../../functions/cli/terminal.ts";
import type { Verb } from "../../../functions/cli/verb.ts";
import { allVerbs } from "../../../functions/cli/verbs.ts";

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** Questions that were asked. */
  readonly asked: readonly string[];
}

/** Runs a command line in this process. `answer`: what a person at the terminal says; absent: nobody is there. */
export async function run(
  words: readonly string[],
  { answer, verbs = allVerbs }: { readonly answer?: boolean; readonly verbs?: readonly Verb[] } = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const asked: string[] = [];
  const terminal: Terminal = {
    print: (text) => void out.push(text),
    printJson: (value) => void out.push(JSON.stringify(value)),
    tell: (text) => void err.push(text),
    interactive: answer !== undefined,
    colour: false,
    columns: 100,
    ask: async (question) => {
      asked.push(question);
      return answer ?? false;
    },
  };
  const exit = await runProgram(words, terminal, "0.0.0-test", verbs);
  return { exit, out: out.join("\n"), err: err.join("\n"), asked };
}

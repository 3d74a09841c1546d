import { createInterface } from "node:readline/promises";
import { printable } from "./printable.ts";

/** Where words go. stdout carries the answer and nothing else; questions, progress and errors go to stderr. */
export interface Terminal {
  /** The answer. */
  print(text: string): void;
  /** The answer as one line of JSON. */
  printJson(value: unknown): void;
  /** Progress and errors. */
  tell(text: string): void;
  /** Whether a person sits there who can be asked. */
  readonly interactive: boolean;
  readonly colour: boolean;
  readonly columns: number;
  /** Yes or no; anything but "y" or "yes" is a no. */
  ask(question: string): Promise<boolean>;
}

export interface TerminalSettings {
  readonly noColour: boolean;
}

// A terminal that does not know its size says 0.
const USUAL_COLUMNS = 80;
const LEAST_COLUMNS = 60;
/** Of a log or a file. */
const PLAIN_COLUMNS = 100;

export function openTerminal(settings: TerminalSettings): Terminal {
  const { stdin, stdout, stderr } = process;
  endQuietlyWhenNobodyReads(stdout);
  return {
    print: (text) => void stdout.write(`${printable(text)}\n`),
    printJson: (value) => void stdout.write(`${printable(JSON.stringify(value))}\n`),
    tell: (text) => void stderr.write(`${printable(text)}\n`),
    interactive: stdin.isTTY && stderr.isTTY,
    colour: stdout.isTTY && !settings.noColour,
    columns: stdout.isTTY ? Math.max(LEAST_COLUMNS, stdout.columns || USUAL_COLUMNS) : PLAIN_COLUMNS,
    ask: async (question) => {
      const reader = createInterface({ input: stdin, output: stderr });
      const answer = await reader.question(`${printable(question)} [y/N] `).finally(() => reader.close());
      return ["y", "yes"].includes(answer.trim().toLowerCase());
    },
  };
}

/** `moorgate journal tail | head` closes the pipe: that is an end, no error. */
function endQuietlyWhenNobodyReads(stdout: NodeJS.WriteStream): void {
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
}

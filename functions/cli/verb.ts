import type { ExitCode } from "./exit-code.ts";
import type { Flags } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** What every verb gets. */
export interface Call {
  readonly terminal: Terminal;
  readonly flags: Flags;
  /** Arguments in order. */
  readonly words: readonly string[];
  readonly asJson: boolean;
}

export type Run = (call: Call) => Promise<ExitCode>;

export interface Option {
  /** As commander reads it: `--policy <file>`. */
  readonly flag: string;
  readonly text: string;
  /** May be given several times. */
  readonly repeats?: true;
}

/** One verb as data, so that `--help` needs none of the code behind it. */
export interface Verb {
  /** With its arguments, as commander reads it: `check <image>`. */
  readonly usage: string;
  readonly summary: string;
  /** Said above the options: what it does and what it leaves alone. */
  readonly story: string;
  readonly words: readonly (readonly [name: string, text: string])[];
  readonly options: readonly Option[];
  readonly examples: readonly string[];
  readonly exits: string;
  readonly load: () => Promise<Run>;
}

import { Command, CommanderError } from "commander";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { faultOf, tellFault, usageError } from "./fault.ts";
import { readFlags } from "./flags.ts";
import type { Terminal } from "./terminal.ts";
import type { Option, Verb } from "./verb.ts";
import { allVerbs } from "./verbs.ts";

const ABOUT = `Moorgate gates container registries: it judges every pushed image by a policy, holds what violates it, explains each verdict and can undo whatever it did.`;

/** Said of all commands at once; each says its own of them. */
export const EXITS = "0 fine · 1 violating, or changes pending · 2 indeterminate · 3 usage or configuration · 4 could not run";

const FOOTER = `
Exit codes of every command:
  ${EXITS}

Start:
  moorgate up --demo                 a gate with sample images on this machine
  moorgate check oci:./image         judge one image, without a server
  moorgate help <command>            what a command does, with examples`;

/** Runs one command line. Every error becomes words and an exit code here and nowhere else. */
export async function runProgram(
  words: readonly string[],
  terminal: Terminal,
  version: string,
  verbs: readonly Verb[] = allVerbs,
): Promise<ExitCode> {
  let exit: ExitCode = EXIT.fine;
  const program = describe(verbs, version, terminal, (code) => {
    exit = code;
  });
  const asJson = words.includes("--json");
  try {
    await program.parseAsync([...words], { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.fine;
    const fault =
      error instanceof CommanderError ? commandLineFault(error, words).fault : faultOf(error, `moorgate ${verbOf(words)} did not finish`);
    tellFault(terminal, fault, asJson);
    return fault.exit;
  }
}

function describe(verbs: readonly Verb[], version: string, terminal: Terminal, finish: (exit: ExitCode) => void): Command {
  const program = new Command("moorgate")
    .description(ABOUT)
    .version(version, "--version", "print the version")
    .addHelpText("after", FOOTER);
  settle(program, terminal).helpCommand("help [command]", "what a command does, with examples");
  for (const verb of verbs) {
    const { parent, usage } = placeOf(program, verb.usage, terminal);
    const command = settle(parent.command(usage), terminal);
    describeVerb(command, verb).action(async (...given: unknown[]) => {
      const run = await verb.load();
      const flags = readFlags(command.opts());
      const words = given.flat().filter((word) => typeof word === "string");
      finish(await run({ terminal, flags, words, asJson: flags.on("json") }));
    });
  }
  return program;
}

/** Verbs of two words, by their first: `journal tail`. */
export const GROUPS: Readonly<Record<string, string>> = {
  brake: "what keeps the gate from holding too much, and what stops it",
  journal: "the gate's record of what it decided and did",
  policy: "write a policy, check it and test it",
  proposals: "what takes two people: see what waits, and answer it",
  takeover: "put the gate in charge of a registry that has images already",
  trust: "see whose signatures count, and trust somebody more",
  waiver: "live with a finding for a time, and keep track of it",
};

function placeOf(program: Command, usage: string, terminal: Terminal): { readonly parent: Command; readonly usage: string } {
  const [name = "", ...rest] = usage.split(" ");
  const about = GROUPS[name];
  if (about === undefined) return { parent: program, usage };
  const known = program.commands.find((command) => command.name() === name);
  const parent = known ?? settle(new Command(name).description(about), terminal);
  if (known === undefined) program.addCommand(parent);
  return { parent, usage: rest.join(" ") };
}

function describeVerb(command: Command, verb: Verb): Command {
  command.summary(verb.summary).description(`${verb.summary}\n\n${verb.story}`);
  for (const argument of command.registeredArguments)
    argument.description = verb.words.find(([name]) => name === argument.name())?.[1] ?? "";
  for (const option of verb.options) addOption(command, option);
  return command.addHelpText(
    "after",
    `\nExamples:\n${verb.examples.map((example) => `  ${example}`).join("\n")}\n\nExit codes:\n  ${verb.exits}`,
  );
}

function addOption(command: Command, option: Option): void {
  if (option.repeats === true)
    command.option(option.flag, option.text, (value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  else command.option(option.flag, option.text);
}

/** Commander throws instead of ending the process, and its own words for errors are left out: ours have four parts. */
function settle(command: Command, terminal: Terminal): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.tell(text.trimEnd()),
      outputError: () => undefined,
    });
}

function commandLineFault(error: CommanderError, words: readonly string[]): ReturnType<typeof usageError> {
  const name = verbOf(words);
  const verb = allVerbs.find(({ usage }) => usage === name || usage.startsWith(`${name} `));
  const example = verb?.examples[0];
  const why = error.code === "commander.help" ? "no command was given" : error.message.replace(/^error: /, "").replace(/\n\(/, " (");
  const next = example === undefined ? "moorgate --help lists the commands" : `${example}     (all flags: moorgate help ${name})`;
  return usageError(`Could not read the command line of moorgate ${name}`.trimEnd(), why, next);
}

function verbOf(words: readonly string[]): string {
  const [first = "", second = ""] = words.filter((word) => !word.startsWith("-"));
  return Object.hasOwn(GROUPS, first) ? `${first} ${second}`.trimEnd() : first;
}

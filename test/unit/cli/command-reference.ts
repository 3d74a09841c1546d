import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EXITS, GROUPS } from "../../../functions/cli/program.ts";
import type { Verb } from "../../../functions/cli/verb.ts";
import { allVerbs } from "../../../functions/cli/verbs.ts";

const DOCUMENT = fileURLToPath(new URL("../../../.github/docs/commands.md", import.meta.url));
const MARK = "<!-- Everything below is made of the commands' own texts by test/unit/cli/command-reference.ts. -->\n";

/** The document as it is, and as it would be if its reference were made now. */
export function documentOfCommands(): { readonly stored: string; readonly made: string } {
  const stored = readFileSync(DOCUMENT, "utf8");
  return { stored, made: stored.slice(0, stored.indexOf(MARK)) + MARK + reference() };
}

function reference(): string {
  const families = [...Map.groupBy(allVerbs, ({ usage }) => usage.split(" ")[0] ?? "")];
  const sections = families.flatMap(([name, verbs]) => family(name, verbs));
  return `\n## Exit codes of every command\n\n${exits(EXITS)}\n## All commands\n\n${contents()}\n${sections.join("\n")}`;
}

function contents(): string {
  const rows = allVerbs.map(({ usage, summary }) => `| [\`${usage}\`](#${anchor(`moorgate ${usage}`)}) | ${cell(summary)} |\n`);
  return `| Command | What it is for |\n|---|---|\n${rows.join("")}`;
}

/** As GitHub names a heading. */
function anchor(heading: string): string {
  return heading.replace(/[^\w -]/g, "").replaceAll(" ", "-");
}

/** Verbs of two words stand together, below what their first word is about. */
function family(name: string, verbs: readonly Verb[]): readonly string[] {
  const about = GROUPS[name];
  if (about === undefined) return verbs.map((verb) => section(verb, "##"));
  return [`## \`moorgate ${name}\`\n\n${sentence(about)}\n`, ...verbs.map((verb) => section(verb, "###"))];
}

function section({ usage, summary, story, words, options, examples, exits: ends }: Verb, level: string): string {
  const given = [...words, ...options.map(({ flag, text }) => [flag, text] as const)].map(
    ([name, text]) => `| \`${name}\` | ${cell(text)} |\n`,
  );
  return [
    `${level} \`moorgate ${usage}\`\n`,
    `${sentence(summary)}\n`,
    ...story.split("\n").map((part) => `${prose(part)}\n`),
    `| Given | Meaning |\n|---|---|\n${given.join("")}`,
    `Exit codes:\n\n${exits(ends)}`,
    `\`\`\`console\n${examples.join("\n")}\n\`\`\`\n`,
  ].join("\n");
}

function exits(text: string): string {
  return text
    .split(/ · (?=\d )/)
    .map((each) => `- **${each.charAt(0)}** ${prose(each.slice(2))}\n`)
    .join("");
}

function sentence(text: string): string {
  return `${prose(text.charAt(0).toUpperCase() + text.slice(1))}.`;
}

function cell(text: string): string {
  return prose(text).replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** What markdown would take for its own, outside of code. */
function prose(text: string): string {
  const parts = text.split("`").map((part, place) => (place % 2 === 0 ? part.replace(/[<*]/g, "\\$&") : part));
  return parts.join("`");
}

// node test/unit/cli/command-reference.ts writes the document anew.
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(DOCUMENT, documentOfCommands().made);

import { expect, test } from "vitest";
import { allVerbs } from "../../../functions/cli/verbs.ts";
import { documentOfCommands } from "./command-reference.ts";

test("the reference of the commands tells what the commands say now", () => {
  const { stored, made } = documentOfCommands();
  expect(stored).toBe(made);
});

test("the reference has a section for each command, and a meaning for all that a command takes", () => {
  const { made } = documentOfCommands();
  const rows = made.split("\n").filter((line) => line.startsWith("| `"));
  for (const { usage, options, words } of allVerbs) {
    expect(made).toContain(`# \`moorgate ${usage}\`\n`);
    for (const name of [...options.map(({ flag }) => flag), ...words.map(([word]) => word)])
      expect(rows.filter((row) => row.startsWith(`| \`${name}\` |`)).length).toBeGreaterThan(0);
  }
  expect(rows.filter((row) => /\|\s+\|$/.test(row))).toEqual([]);
});

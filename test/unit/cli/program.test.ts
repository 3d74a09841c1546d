import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Call, Verb } from "../../../functions/cli/verb.ts";
import { allVerbs } from "../../../functions/cli/verbs.ts";
import { run } from "./run.ts";

/** The same verbs with nothing behind them; `calls` collects what arrived. */
function hollow(calls: Call[] = []): readonly Verb[] {
  return allVerbs.map((verb) => ({
    ...verb,
    load: async () => async (call: Call) => {
      calls.push(call);
      return 0 as const;
    },
  }));
}

/** As a shell would: quotes, and nothing after a redirection. */
function split(example: string): readonly string[] {
  const [command = ""] = example.split(" > ");
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

const examples = allVerbs.flatMap((verb) => verb.examples.map((example) => ({ verb: verb.usage, example })));

test.each(examples)("the help's example is a command line that is understood: $example", async ({ verb, example }) => {
  const [program, ...words] = split(example);
  expect(program).toBe("moorgate");
  expect(words.join(" ").startsWith(verb.split(/ [<[]/)[0] ?? "")).toBe(true);
  expect(await run(words, { verbs: hollow() })).toMatchObject({ exit: 0, err: "" });
});

test.each(allVerbs.map(({ usage }) => usage))("the help of %s shows two or three examples and the exit codes, on stdout", async (usage) => {
  const name = usage.split(/ [<[]/)[0]?.split(" ") ?? [];
  const shown = await run([...name, "--help"]);
  expect(shown).toMatchObject({ exit: 0, err: "" });
  expect(shown.out).toContain("Exit codes:");
  expect(shown.out.match(/^ {2}moorgate /gm)?.length).toBeGreaterThanOrEqual(2);
  expect(shown.out).toContain("--json");
});

test("values, repeated flags and arguments arrive as they were written", async () => {
  const calls: Call[] = [];
  await run(["check", "oci:x", "--report", "a", "--report", "b", "--json"], { verbs: hollow(calls) });
  expect(calls[0]).toMatchObject({ words: ["oci:x"], asJson: true });
  expect(calls[0]?.flags.list("report")).toEqual(["a", "b"]);
});

test.each([
  [["chek", "x"]],
  [["check"]],
  [["check", "x", "y"]],
  [["check", "x", "--polices", "y"]],
  [["check", "x", "--policy"]],
  [["journal"]],
  [["journal", "tial"]],
  [[]],
])("%j is a usage error: exit 3, four parts on stderr, nothing on stdout", async (words) => {
  const ran = await run(words, { verbs: hollow() });
  expect(ran).toMatchObject({ exit: 3, out: "" });
  for (const part of ["ERROR", "Why", "Meanwhile", "Next"]) expect(ran.err).toMatch(new RegExp(`^ {2}${part} `, "m"));
});

test.each([["70000"], ["-1"], ["1e3"], ["port"], ["08o"]])("--port %s is refused by name, before anything is written", async (port) => {
  const state = join(tmpdir(), `moorgate-never-${process.pid}`);
  const ran = await run(["up", `--port=${port}`, "--json", "--state", state]);
  expect(existsSync(state)).toBe(false);
  expect(ran).toMatchObject({ exit: 3, out: "" });
  expect(JSON.parse(ran.err)).toMatchObject({ error: { code: "usage", why: expect.stringContaining("--port") } });
});

test("a fault that nobody foresaw exits 4 and says what to do", async () => {
  const broken = hollow().map((verb): Verb => ({ ...verb, load: () => Promise.reject(new TypeError("boom")) }));
  const ran = await run(["sweep", "--json"], { verbs: broken });
  expect(ran).toMatchObject({ exit: 4, out: "" });
  expect(JSON.parse(ran.err).error).toMatchObject({ why: "boom", next: expect.stringContaining("moorgate doctor") });
});

test("a name that is none is wrong use, whether a gate runs or not", async () => {
  expect((await run(["explain", "Shop::API@@"])).exit).toBe(3);
});

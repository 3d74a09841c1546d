import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { POLICY_EXAMPLES } from "../../../functions/cli/policy-examples.ts";
import { run } from "./run.ts";

const EXAMPLES = fileURLToPath(new URL("../../../infra/policies", import.meta.url));
const named = (name: string) => join(EXAMPLES, `${name}.yaml`);

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-policy-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const FRAME = "apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: t }\nmode: enforce\nrules:\n";
const TESTS = "apiVersion: moorgate.dev/v1\nkind: PolicyTest\npolicy: policy.yaml\ntests:\n";
const NO_CRITICAL = `${FRAME}  - { id: no-critical, rule: severity-threshold, atLeast: critical }\n`;

test.each(POLICY_EXAMPLES)("what `policy init --from %s` writes is valid, and no file is overwritten", async (from) => {
  const file = join(folder, "policy.yaml");
  expect(await run(["policy", "init", file, "--from", from])).toMatchObject({ exit: 0, err: "" });
  expect(readFileSync(file, "utf8")).toBe(readFileSync(named(from), "utf8"));
  expect(await run(["policy", "check", file])).toMatchObject({ exit: 0, err: "" });
  expect((await run(["policy", "init", file, "--from", from])).exit).toBe(3);
});

test.each([["toString"], ["demo"], [""]])("--from %j is refused, and nothing is written", async (from) => {
  const file = join(folder, "policy.yaml");
  expect((await run(["policy", "init", file, "--from", from])).exit).toBe(3);
  expect(readdirSync(folder)).toEqual([]);
});

test("a folder is no file to write a policy into, and the mend names one in it", async () => {
  const { exit, err } = await run(["policy", "init", folder]);
  expect(exit).toBe(3);
  expect(err).toContain(join(folder, "policy.yaml"));
  expect(readdirSync(folder)).toEqual([]);
});

test("every example has tests, and all of them pass", async () => {
  const ran = await run(["policy", "test", EXAMPLES, "--json"]);
  expect(ran).toMatchObject({ exit: 0, err: "" });
  const { files, failed, passed } = JSON.parse(ran.out);
  expect({ failed, files: files.length }).toEqual({ failed: 0, files: POLICY_EXAMPLES.length });
  expect(passed).toBeGreaterThan(20);
});

test("check tells every problem of every file with its place, and one bad file is enough for exit 3", async () => {
  const bad = write("bad.yaml", "apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: t }\nmode: enforc\nrules: []\n");
  const ran = await run(["policy", "check", named("baseline"), bad, join(folder, "absent.yaml"), "--json"]);
  expect(ran.exit).toBe(3);
  const { files } = JSON.parse(ran.out);
  expect(files.map(({ valid }: { readonly valid: boolean }) => valid)).toEqual([true, false, false]);
  expect(files[1].problems.map(({ place }: { readonly place: string }) => place.slice(place.indexOf("bad.yaml")))).toEqual([
    "bad.yaml:4:7",
    "bad.yaml:5:8",
  ]);
  expect(files[2].problems).toHaveLength(1);
});

test("a test that expects another verdict, other rules or another hold fails, and says both sides", async () => {
  write("policy.yaml", NO_CRITICAL);
  const file = write(
    "policy-test.yaml",
    `${TESTS}  - { name: wrong verdict, expect: violating }
  - { name: wrong rules, expect: { verdict: compliant, rules: [no-critical] } }
  - { name: wrong hold, given: { scan: never }, expect: { verdict: indeterminate, holds: true } }
  - { name: right, given: { findings: [{ id: CVE-1, severity: critical }] }, expect: { verdict: violating, rules: [no-critical], holds: true } }
`,
  );
  const ran = await run(["policy", "test", file, "--json"]);
  expect(ran.exit).toBe(1);
  const { files, passed, failed } = JSON.parse(ran.out);
  expect({ passed, failed }).toEqual({ passed: 1, failed: 3 });
  expect(files[0].results.flatMap(({ differences }: { readonly differences: unknown }) => differences)).toEqual([
    { what: "verdict", expected: "violating", actual: "compliant" },
    { what: "rules", expected: "no-critical", actual: "none" },
    { what: "holds", expected: "true", actual: "false" },
  ]);
  expect((await run(["policy", "test", file])).out).toContain("no-critical (enforce, unknown): never scanned");
});

test("a field that a test gives replaces that of the file, and the others stay", async () => {
  write("policy.yaml", NO_CRITICAL);
  write(
    "policy-test.yaml",
    `${TESTS.replace("tests:", "given: { scan: never, findings: [{ id: CVE-1, severity: critical }] }\ntests:")}  - { name: file, expect: indeterminate }
  - { name: own, given: { scan: ok }, expect: violating }
`,
  );
  expect(await run(["policy", "test", folder])).toMatchObject({ exit: 0, err: "" });
});

test.each([
  ["a misspelt field of the evidence", "  - { name: a, given: { fndings: [] }, expect: compliant }\n"],
  ["a verdict that is none", "  - { name: a, expect: ok }\n"],
  ["a time that is none", "  - { name: a, given: { scannedAgo: yesterday }, expect: compliant }\n"],
  ["no test at all", "  []\n"],
])("%s is an error with its place, not a test that passes", async (_, tests) => {
  write("policy.yaml", NO_CRITICAL);
  const ran = await run(["policy", "test", write("policy-test.yaml", TESTS + tests), "--json"]);
  expect(ran).toMatchObject({ exit: 3, out: "" });
  expect(JSON.parse(ran.err).error).toMatchObject({ code: "policy", why: expect.stringMatching(/policy-test\.yaml:\d+:\d+/) });
});

test("a folder without tests, a missing file and a refused policy are errors: nothing passes because nothing ran", async () => {
  expect((await run(["policy", "test", folder])).exit).toBe(3);
  expect((await run(["policy", "test", join(folder, "absent-test.yaml")])).exit).toBe(3);
  write("policy.yaml", "kind: Policy\n");
  expect((await run(["policy", "test", write("policy-test.yaml", `${TESTS}  - { name: a, expect: compliant }\n`)])).exit).toBe(3);
});

test.each([
  ["policy", [], EXAMPLES, /^[a-z-]+\.yaml$/],
  ["test", ["--tests"], join(EXAMPLES, "tests"), /-test\.yaml$/],
])("the JSON Schema of a %s file accepts every example and refuses an unknown key", async (_, flags, dir, pattern) => {
  const ran = await run(["policy", "schema", ...flags]);
  expect(ran).toMatchObject({ exit: 0, err: "" });
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(ran.out));
  const documents = readdirSync(dir)
    .filter((name) => pattern.test(name))
    .map((name): unknown => parse(readFileSync(join(dir, name), "utf8")));
  expect(documents.length).toBeGreaterThan(3);
  for (const document of documents) {
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(Object.assign({}, document, { modus: "enforce" }))).toBe(false);
  }
});

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const copies: string[] = [];
afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});

/** A tree with the project's own check settings and the given files. */
function plant(files: Readonly<Record<string, string>>): string {
  const copy = mkdtempSync(join(tmpdir(), "moorgate-checks-"));
  copies.push(copy);
  cpSync(join(ROOT, "infra/checks"), join(copy, "infra/checks"), { recursive: true });
  cpSync(join(ROOT, "tsconfig.json"), join(copy, "tsconfig.json"));
  cpSync(join(ROOT, "package.json"), join(copy, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const folder of ["functions", "shared", "test"]) mkdirSync(join(copy, folder));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
  return copy;
}

/** Runs the part of `npm run lint` that calls the program, exactly as package.json has it. */
function lint(copy: string, program: string, ...more: readonly string[]): { code: number | null; text: string } {
  const command = readLintScript().find((part) => part.startsWith(`${program} `));
  if (command === undefined) throw new Error(`npm run lint does not call ${program}`);
  const path = `${join(ROOT, "node_modules/.bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  const ended = spawnSync("sh", ["-c", [command, ...more].join(" ")], { cwd: copy, encoding: "utf8", env: { ...process.env, PATH: path } });
  return { code: ended.status, text: `${ended.stdout}${ended.stderr}` };
}

function readLintScript(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: { lint: string } };
  return scripts.lint.split(" && ");
}

const wait = "async function wait(): Promise<number> {\n  return await Promise.resolve(1);\n}\n";
const branches = Array.from({ length: 13 }, (_, n) => `  if (n === ${n}) return ${n + 1};\n`).join("");
const statements = Array.from({ length: 61 }, (_, n) => `  out.push(${n});\n`).join("");

/** A rule, the file that breaks it, and the file's text. */
const FAULTS: readonly (readonly [rule: string, path: string, text: string])[] = [
  ["no-floating-promises", "shared/oci/floating.ts", `${wait}export function go(): void {\n  wait();\n}\n`],
  [
    "no-misused-promises",
    "shared/oci/misused.ts",
    `${wait}export const f = (list: number[]) => list.forEach(async () => {\n  await wait();\n});\n`,
  ],
  [
    "switch-exhaustiveness-check",
    "shared/oci/switch.ts",
    'export function f(x: "a" | "b"): void {\n  switch (x) {\n    case "a":\n      return;\n  }\n}\n',
  ],
  ["consistent-type-imports", "shared/oci/types.ts", 'import { B } from "./cycle-b.ts";\nexport const f = (b: B): unknown => b;\n'],
  ["no-explicit-any", "shared/oci/any.ts", "export const f = (x: any): unknown => x;\n"],
  ["no-non-null-assertion", "shared/oci/null.ts", "export const f = (x?: string): string => x!;\n"],
  ["only-throw-error", "shared/oci/throw.ts", 'export function f(): void {\n  throw "no";\n}\n'],
  ["ban-ts-comment", "shared/oci/comment.ts", "// @ts-ignore\nexport const f: string = 1;\n"],
  ["no-cycle", "shared/oci/cycle-a.ts", 'import type { B } from "./cycle-b.ts";\nexport type A = B | 1;\n'],
  ["no-cycle", "shared/oci/cycle-b.ts", 'import type { A } from "./cycle-a.ts";\nexport type B = A[] | 2;\n'],
  ["extensions", "shared/oci/extension.ts", 'import { f } from "./any";\nexport const a = f;\n'],
  ["max-lines", "shared/oci/long.ts", "export const a = 1;\n".concat("// line\n".repeat(300))],
  ["max-lines-per-function", "shared/oci/long-function.ts", `export function f(out: number[]): void {\n${statements}}\n`],
  ["complexity", "shared/oci/complex.ts", `export function f(n: number): number {\n${branches}  return 0;\n}\n`],
  ["no-console", "shared/oci/console.ts", 'console.log("x");\n'],
  ["no-default-export", "shared/oci/default.ts", "export default 1;\n"],
  ["prefer-node-protocol", "shared/oci/protocol.ts", 'import { join } from "path";\nexport const a = join("a", "b");\n'],
  ["no-warning-comments", "shared/oci/later.ts", `// ${"TO"}${"DO"}: later\nexport const a = 1;\n`],
  ["no-restricted-globals", "shared/policy/date.ts", "export const a = (): number => Date.now();\n"],
  ["no-restricted-globals", "shared/domain/time.ts", 'export const a = (): unknown => [new Date(0), fetch("x")];\n'],
  ["no-restricted-properties", "shared/enforcement/plan.ts", "export const a = (): number => Math.random();\n"],
  ["no-restricted-imports", "shared/audit/files.ts", 'import { readFileSync } from "node:fs";\nexport const a = readFileSync;\n'],
  ["no-restricted-imports", "shared/audit/random.ts", 'import { randomBytes } from "node:crypto";\nexport const a = randomBytes;\n'],
  ["no-focused-tests", "test/unit/a.test.ts", 'import { test } from "vitest";\ntest.only("a", () => {});\n'],
];

const SOUND = {
  "shared/audit/hash.ts": 'import { createHash } from "node:crypto";\nexport const a = (): string => createHash("sha256").digest("hex");\n',
  "shared/enforcement/apply.ts": "export const at = (ms: number): string => new Date(ms).toISOString();\n",
  "test/unit/long-function.ts": `export function f(out: number[]): void {\n${statements}}\n`,
};

describe("the linter", () => {
  const copy = plant({ ...SOUND, ...Object.fromEntries(FAULTS.map(([, path, text]) => [path, text])) });
  const { code, text } = lint(copy, "oxlint", "--format=unix");
  const faultsOf = (path: string): readonly string[] => text.split("\n").filter((line) => line.startsWith(`${path}:`));

  test("fails where it finds a fault", () => {
    expect(code).toBe(1);
  });

  test.each(FAULTS)("refuses a fault against %s in %s", (rule, path) => {
    expect(faultsOf(path).join("\n")).toMatch(new RegExp(`[(/]${rule}\\)?\\]`));
  });

  test.each(Object.keys(SOUND))("finds nothing in %s", (path) => {
    expect(faultsOf(path)).toEqual([]);
  });
});

describe("the formatter", () => {
  test.each([
    ["format", "export const a = 'x'\n"],
    ["organizeImports", 'import { z } from "./z.ts";\nimport { b } from "./b.ts";\nexport const a = [b, z];\n'],
  ])("refuses a file that breaks %s", (rule, text) => {
    const found = lint(plant({ "shared/oci/a.ts": text }), "biome");
    expect(found.text).toContain(rule);
    expect(found.code).toBe(1);
  });

  test("accepts a formatted file", () => {
    expect(lint(plant({ "shared/oci/a.ts": 'export const a = "x";\n' }), "biome").code).toBe(0);
  });
});

describe("the search for unused code", () => {
  const used = "export function used(): void {}\n";
  const copy = plant({
    "functions/cli/main.ts": 'import { used } from "../../shared/oci/a.ts";\n\nused();\n',
    "shared/oci/a.ts": `import left from "left-pad";\n\n${used}export function stray(): void {}\nexport interface Astray {\n  readonly a: 1;\n}\n\nleft();\n`,
    "shared/oci/lonely.ts": "export const lonely = 1;\n",
  });
  const found = lint(copy, "knip");

  test.each([
    ["file", "shared/oci/lonely.ts"],
    ["export", "stray "],
    ["type", "Astray "],
    ["undeclared package", "left-pad"],
  ])("names an unused %s", (_kind, name) => {
    expect(found.text).toContain(name);
    expect(found.code).toBe(1);
  });
});

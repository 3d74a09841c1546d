import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { codeRules } from "./architecture/rules.ts";
import { readTree } from "./architecture/source.ts";
import { treeRules } from "./architecture/tree-rules.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RULES = { ...codeRules, ...treeRules };
type RuleName = keyof typeof RULES;

/** Tracked files and those that would be. */
function pathsOf(root: string): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" });
  return [...new Set(listed.split("\0"))].filter((path) => path !== "" && existsSync(join(root, path)));
}

const paths = pathsOf(ROOT);
const tree = readTree(ROOT, paths);

describe("the tree", () => {
  test("is read whole: every TypeScript file is looked at and most import another", () => {
    expect(tree.sources.length).toBeGreaterThan(30);
    expect(tree.sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(tree.sources.length);
  });

  test.each(Object.keys(RULES) as RuleName[])("%s", (name) => {
    expect(RULES[name](tree)).toEqual([]);
  });
});

/** Each plants one fault; the rule must name its file and no other rule needs to. */
const PLANTED: readonly (readonly [rule: RuleName, path: string, text: string])[] = [
  ["importsFollowTheTable", "shared/domain/planted.ts", 'export type { Clock } from "../ports/clock.ts";\n'],
  ["importsFollowTheTable", "shared/policy/planted.ts", 'import type { Clock } from "../ports/clock.ts";\nexport type A = Clock;\n'],
  ["importsFollowTheTable", "shared/audit/planted.ts", 'export type A = import("../policy/planted.ts").A;\n'],
  ["importsFollowTheTable", "shared/pipeline/planted.ts", 'export const load = () => import("../providers/table.ts");\n'],
  ["importsFollowTheTable", "shared/providers/quay/planted.ts", 'export * from "../harbor/planted.ts";\n'],
  ["importsFollowTheTable", "shared/signatures/cosign/planted.ts", 'export * from "../../audit/planted.ts";\n'],
  ["importsFollowTheTable", "shared/runtime/planted.ts", "export const load = (name: string) => import(name);\n"],
  ["importsFollowTheTable", "functions/aws/planted.ts", 'export * from "../azure/planted.ts";\n'],
  ["importsFollowTheTable", "functions/local/planted.ts", 'export * from "../cli/planted.ts";\n'],
  ["importsFollowTheTable", "functions/cli/planted.ts", 'export * from "../../shared/stores/table.ts";\n'],
  [
    "importsFollowTheTable",
    "shared/providers/harbor/planted.ts",
    'import { ECRClient } from "@aws-sdk/client-ecr";\nexport const a = ECRClient;\n',
  ],
  [
    "importsFollowTheTable",
    "functions/azure/planted.ts",
    'import { ECRClient } from "@aws-sdk/client-ecr";\nexport const a = ECRClient;\n',
  ],
  ["importsFollowTheTable", "shared/domain/planted.ts", 'import * as z from "zod";\nexport const a = z;\n'],
  ["importsFollowTheTable", "shared/oci/planted.ts", 'import { test } from "vitest";\nexport const a = test;\n'],
  ["importsReachAFile", "shared/oci/planted.ts", 'export * from "./absent.ts";\n'],
  ["noCycles", "shared/domain/planted.ts", 'import type { A } from "./planted.ts";\nexport type B = A;\nexport type A = 1;\n'],
  ["pureRoomsArePure", "shared/policy/planted.ts", "export const f = async (): Promise<void> => {};\n"],
  ["pureRoomsArePure", "shared/audit/planted.ts", "export const f = (): number => Date.now();\n"],
  ["pureRoomsArePure", "shared/domain/planted.ts", "export const f = (): number => Math.random();\n"],
  ["pureRoomsArePure", "shared/domain/planted.ts", 'export const f = (): unknown => fetch("https://registry.example");\n'],
  ["pureRoomsArePure", "shared/enforcement/plan.ts", "export const f = (): string => process.version;\n"],
  ["pureRoomsArePure", "shared/domain/time.ts", "export const f = (): unknown => setTimeout(() => {}, 1);\n"],
  ["pureRoomsImportNoMachine", "shared/policy/planted.ts", 'import { readFileSync } from "node:fs";\nexport const a = readFileSync;\n'],
  [
    "pureRoomsImportNoMachine",
    "shared/policy/planted.ts",
    'import { createHash, randomBytes } from "node:crypto";\nexport const a = [createHash, randomBytes];\n',
  ],
  ["pureRoomsImportNoMachine", "shared/audit/planted.ts", 'import * as crypto from "node:crypto";\nexport const a = crypto;\n'],
  ["environmentIsReadInOnePlace", "functions/cli/planted.ts", 'export const a = process.env["HOME"];\n'],
  ["environmentIsReadInOnePlace", "shared/oci/planted.ts", "export const { env: a } = process;\n"],
  ["environmentIsReadInOnePlace", "shared/oci/planted.ts", 'import { env } from "node:process";\nexport const a = env;\n'],
  ["zodIsANamespace", "shared/policy/planted.ts", 'import { z } from "zod";\nexport const a = z;\n'],
  ["zodIsANamespace", "shared/policy/planted.ts", 'import * as z from "zod/mini";\nexport const a = z;\n'],
  ["everyTestRuns", "test/unit/planted.test.ts", 'import { test } from "vitest";\ntest.only("a", () => {});\n'],
  ["everyTestRuns", "test/unit/planted.test.ts", 'import { describe } from "vitest";\ndescribe.skip.each([1])("a", () => {});\n'],
  ["everyTestRuns", "test/unit/planted.test.ts", 'import { it } from "vitest";\nit.skipIf(true)("a", () => {});\n'],
  ["topLevelIsTheLayout", "lib/planted.ts", "export const a = 1;\n"],
  ["filesAreNamedPlainly", "shared/oci/string-utils.ts", "export const a = 1;\n"],
  ["filesAreNamedPlainly", "shared/oci/plantedFile.ts", "export const a = 1;\n"],
  ["filesAreNamedPlainly", "shared/oci/index.ts", "export const a = 1;\n"],
  ["theProductSpeaksOfItselfAlone", "infra/decisions/planted.md", `See ${"/wo"}rk/notes.\n`],
  ["theProductSpeaksOfItselfAlone", "shared/oci/planted.ts", `// read ${"shared/cor"}pus first\nexport const a = 1;\n`],
  ["theProductSpeaksOfItselfAlone", "README.md", `Closes ${"iss"}ue #3.\n`],
  ["theProductSpeaksOfItselfAlone", ".github/planted.yml", `registry: https://${"registry.npm"}js.org\n`],
  ["theProductSpeaksOfItselfAlone", "shared/oci/planted.ts", `// ${"TO"}${"DO"} later\nexport const a = 1;\n`],
  ["lockFileNamesNoHost", "package-lock.json", '{ "resolved": "https://registry.example/a.tgz" }\n'],
];

describe("a copy of the tree with one fault", () => {
  const copy = mkdtempSync(join(tmpdir(), "moorgate-architecture-"));
  for (const path of paths) cpSync(join(ROOT, path), join(copy, path));
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test.each(PLANTED)("is refused by %s for %s %#", (name, path, text) => {
    const place = join(copy, path);
    const before = existsSync(place) ? readFileSync(place) : undefined;
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
    const sources = path.endsWith(".ts") ? readTree(copy, [path]).sources : [];
    const others = tree.sources.filter((source) => source.path !== path);
    const breaches = RULES[name]({ root: copy, paths: [...new Set([...paths, path])], sources: [...others, ...sources] });
    if (before === undefined) rmSync(place);
    else writeFileSync(place, before);
    expect(breaches.some((breach) => breach.startsWith(path.startsWith("lib/") ? "lib:" : `${path}:`))).toBe(true);
  });

  test("is refused for a cycle of types over two rooms that may import each other's files", () => {
    const planted = { "shared/domain/planted-a.ts": "planted-b", "shared/domain/planted-b.ts": "planted-a" };
    for (const [path, other] of Object.entries(planted))
      writeFileSync(join(copy, path), `import type { A } from "./${other}.ts";\nexport type { A };\n`);
    const added = readTree(copy, Object.keys(planted));
    const both = { root: copy, paths: [...paths, ...added.paths], sources: [...tree.sources, ...added.sources] };
    const breaches = codeRules.noCycles(both);
    expect(breaches.join("\n")).toContain("cycle of shared/domain/planted-a.ts, shared/domain/planted-b.ts");
  });
});

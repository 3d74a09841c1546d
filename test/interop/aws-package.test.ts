import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FUNCTIONS } from "../../infra/aws/bundle.ts";
import { type Ended, findProgram, tryRun } from "../running/programs.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
let clone = "";
let packaged: Ended;

// A copy of what is under version control, with nobody's credentials and a network that leads nowhere.
beforeAll(async () => {
  clone = mkdtempSync(join(tmpdir(), "moorgate-clone-"));
  for (const path of ["functions", "infra", "shared", "package.json", "serverless.yml", "tsconfig.json"])
    cpSync(join(ROOT, path), join(clone, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
  packaged = await inClone("node", ["infra/aws/cloudformation.ts", "--stage", "try"]);
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function inClone(program: string, args: readonly string[]): Promise<Ended> {
  const nowhere = "http://127.0.0.1:9";
  const path = `${join(ROOT, "node_modules/.bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  const cleared = Object.fromEntries(Object.keys(process.env).flatMap((name) => (/^(AWS|SLS|SERVERLESS)_/.test(name) ? [[name, ""]] : [])));
  return tryRun(program, args, {
    cwd: clone,
    env: { ...cleared, PATH: path, HOME: clone, HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere, AWS_EC2_METADATA_DISABLED: "true" },
  });
}

test("a clean clone packages offline and without credentials", () => {
  expect(packaged).toMatchObject({ code: 0 });
});

test("cfn-lint finds no fault in the templates, but for what osls writes twice", async () => {
  const templates = [
    ".serverless/cloudformation-template-update-stack.json",
    "dist/cloudformation/moorgate.json",
    "infra/aws/organisation.yml",
  ];
  // W3005: osls says of each function that it waits for its role, which a reference says already.
  const { code, stdout, stderr } = await inClone(findProgram("cfn-lint"), ["--ignore-checks", "W3005", "--template", ...templates]);
  expect({ code, said: stdout + stderr }).toEqual({ code: 0, said: "" });
});

/** Bytes of a module and of all that it imports. */
function loadedWith(file: string, known = new Set<string>()): number {
  known.add(file);
  const code = readFileSync(file, "utf8");
  const imported = [...code.matchAll(/\b(?:import|from)\s*"(\.[^"]+)"/g)].map(([, path = ""]) => join(dirname(file), path));
  return imported.reduce((sum, path) => (known.has(path) ? sum : sum + loadedWith(path, known)), Buffer.byteLength(code));
}

test("each archive holds its function, the settings and the policy, as others unpack it", async () => {
  const prefix = /under (\S+)/.exec(packaged.stdout)?.[1] ?? "";
  for (const name of FUNCTIONS) {
    const archive = join(clone, "dist/cloudformation", prefix, `${name}.zip`);
    const folder = join(clone, "unpacked", name);
    const unpacked = await tryRun("python3", ["-m", "zipfile", "-e", archive, folder]);
    expect(unpacked).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, "policy.yaml"), "utf8")).toContain("audit-only");
    expect(loadedWith(join(folder, "index.mjs"))).toBeLessThan(700_000);
    const loaded = await tryRun(
      "node",
      ["-e", `import(${JSON.stringify(join(folder, "index.mjs"))}).then((m) => console.log(typeof m.handler))`],
      { cwd: folder },
    );
    expect(loaded).toMatchObject({ code: 0, stdout: "function\n" });
  }
});

import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FUNCTIONS } from "../../infra/aws/bundle.ts";
import { LAMBDA_NODE_FLAGS } from "../running/lambda-node.ts";
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

test("each archive holds its function, the settings and the policy, as others unpack it", async () => {
  const prefix = /under (\S+)/.exec(packaged.stdout)?.[1] ?? "";
  for (const name of FUNCTIONS) {
    const archive = join(clone, "dist/cloudformation", prefix, `${name}.zip`);
    const folder = join(clone, "unpacked", name);
    const unpacked = await tryRun("python3", ["-m", "zipfile", "-e", archive, folder]);
    expect(unpacked).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, "policy.yaml"), "utf8")).toContain("audit-only");
    const code = "import(process.argv[1]).then(({ handler }) => console.log(typeof handler, ...Object.keys(require.cache)))";
    const { stdout } = await tryRun("node", [...LAMBDA_NODE_FLAGS, "-e", code, join(folder, "index.cjs")], { cwd: folder });
    const [kind, ...files] = stdout.trim().split(" ");
    expect(kind).toBe("function");
    expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(700_000);
  }
});

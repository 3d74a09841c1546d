import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { planSamples } from "../../functions/local/samples/samples.ts";
import { makeSigningKey } from "../../functions/local/samples/sign.ts";
import { writeLayout } from "./cli/layout.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const key = makeSigningKey();

let folder = "";
let empty = "";
let installed = "";

/** Nothing of this repository but the Node that runs the test: no npm settings, no user's configuration. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`, HOME: folder, npm_config_update_notifier: "false" };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-package-"));
  empty = join(folder, "empty");
  mkdirSync(empty);
  execFileSync("npm", ["pack", "--pack-destination", folder], { cwd: ROOT, env: environment(), stdio: "pipe" });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", "--prefix", empty, join(folder, tarball)], {
    cwd: empty,
    env: environment(),
    stdio: "pipe",
  });
  installed = join(empty, "node_modules", "moorgate");
  for (const sample of planSamples({ key, scannedAt: new Date().toISOString() })) writeLayout(join(empty, sample.repository), sample);
  writeFileSync(join(empty, "cosign.pub"), key.publicPem);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const INSTALLED_ONLY = ["--no-install", "moorgate"] as const;

function npx(...words: readonly string[]) {
  return spawnSync("npx", [...INSTALLED_ONLY, ...words], { cwd: empty, env: environment(), encoding: "utf8", timeout: 30_000 });
}

test("the package has no dependencies and holds the program, its licence and those of what is bundled", () => {
  const description = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  expect(description.dependencies ?? {}).toEqual({});
  expect(readdirSync(join(empty, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["moorgate"]);
  expect(readdirSync(installed)).toEqual(expect.arrayContaining(["LICENSE", "dist"]));
  const licences = readFileSync(join(installed, "dist", "THIRD-PARTY-LICENSES.txt"), "utf8");
  for (const name of ["commander", "hono", "@hono/node-server", "yaml", "zod"])
    expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
});

test("no path of the machine that it was built on is in it", () => {
  const parts = readdirSync(join(installed, "dist"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const part of parts) expect(readFileSync(join(part.parentPath, part.name), "utf8")).not.toContain(ROOT);
});

test("npx moorgate check without an image is a usage error, also in an empty folder", () => {
  const { status, stdout, stderr } = npx("check");
  expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
  expect(stderr).toContain("moorgate check oci:");
});

test("npx moorgate check judges an image in a folder by the policy that is built in", () => {
  const bad = npx("check", "oci:samples/vulnerable", "--json");
  expect({ status: bad.status, stderr: bad.stderr }).toEqual({ status: 1, stderr: "" });
  expect(JSON.parse(bad.stdout)).toMatchObject({ verdict: "violating", policy: { name: "baseline" } });
  expect(npx("check", "oci:samples/clean", "--key", "cosign.pub").status).toBe(0);
});

test("--version is the version of the package", () => {
  expect(npx("--version").stdout.trim()).toBe(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version);
});

test("an older Node is told what to do before anything of the program is loaded", () => {
  const older = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"22.11.0"}})';
  const { status, stderr } = spawnSync(process.execPath, ["--import", older, join(installed, "dist", "moorgate.js"), "--version"], {
    encoding: "utf8",
  });
  expect(status).toBe(4);
  expect(stderr).toContain("24.15");
});

test("the installed gate comes up, judges its samples, and stops in order when it is told to", async () => {
  const gate = spawn(
    process.execPath,
    [join(installed, "dist", "moorgate.js"), "up", "--demo", "--json", "--port", "0", "--registry-port", "0"],
    { cwd: empty, env: environment() },
  );
  const [line] = await once(createInterface({ input: gate.stdout }), "line");
  const ready = JSON.parse(line);
  expect(Object.keys(ready)).toEqual(["ready", "url", "registry", "token"]);
  const answer = await fetch(new URL("/api/v1/images?verdict=violating&held=true", ready.url), {
    headers: { authorization: `Bearer ${ready.token}` },
  });
  const { images } = (await answer.json()) as { images: { repository: string }[] };
  expect(images.map(({ repository }) => repository).sort()).toEqual(["samples/mixed", "samples/vulnerable"]);
  gate.kill("SIGTERM");
  expect(await once(gate, "exit")).toEqual([0, null]);
}, 60_000);

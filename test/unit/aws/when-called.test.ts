import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { rolldown } from "rolldown";
import { afterEach, beforeEach, expect, test } from "vitest";
import { whenCalled } from "../../../infra/aws/when-called.ts";
import { LAMBDA_NODE_FLAGS } from "../../running/lambda-node.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "moorgate-when-called-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const FAULT = "export class Fault extends Error {}\n";
const HEAVY = `import { Fault } from "./fault.ts";
globalThis.heavyWasLoaded = true;
export interface Shape { readonly a: string }
export function refuse(what: string): never { throw new Fault(what); }
export async function twice(number: number): Promise<number> { return number * 2; }
`;
const DOOR = `import { Fault } from "../shared/fault.ts";
import { refuse, twice } from "../shared/heavy.ts";
export const isLoaded = () => globalThis.heavyWasLoaded === true;
export const isSameClass = () => { try { refuse("it"); } catch (error) { return error instanceof Fault && error.message; } };
export const doubled = (number) => twice(number);
`;

async function bundled(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries({ "functions/door.ts": DOOR, "shared/fault.ts": FAULT, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const build = await rolldown({
    cwd: root,
    input: { door: "functions/door.ts" },
    platform: "node",
    plugins: [whenCalled(root, ["heavy"])],
  });
  await build.write({ dir: join(root, "out"), format: "cjs", entryFileNames: "door.cjs", chunkFileNames: "[name].cjs", minify: true });
  await build.close();
  return join(root, "out");
}

/** In a process of its own: the runner of tests would give a module another instance. */
function inProcess(folder: string, code: string): unknown {
  const door = `const door = require(${JSON.stringify(join(folder, "door.cjs"))});`;
  const told = `(async () => { ${code} })().then((answer) => console.log(JSON.stringify(answer)))`;
  const args = [...LAMBDA_NODE_FLAGS, "-e", `${door}\n${told}`];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

test("a module is loaded when one of its functions is called, and shares its classes with who imports them", async () => {
  const folder = await bundled({ "shared/heavy.ts": HEAVY });
  const told = inProcess(folder, "return [door.isLoaded(), await door.doubled(21), door.isLoaded(), door.isSameClass()]");
  expect(told).toEqual([false, 42, true, "it"]);
});

test("a part that cannot be loaded fails the call, and is tried again with the next", async () => {
  const folder = await bundled({ "shared/heavy.ts": HEAVY });
  const part = readdirSync(folder).find((name) => name.startsWith("heavy") && !name.includes("door")) ?? "";
  renameSync(join(folder, part), join(folder, "elsewhere.cjs"));
  const again = `require("node:fs").renameSync(${JSON.stringify(join(folder, "elsewhere.cjs"))}, ${JSON.stringify(join(folder, part))});`;
  const failed = "let code; try { door.doubled(1); } catch (error) { code = error.code; }";
  expect(inProcess(folder, `${failed} ${again} return [code, await door.doubled(1)]`)).toEqual(["MODULE_NOT_FOUND", 2]);
});

test.each(["export const LIMIT = 3;", "export class More {}", "export { Fault };", "export default refuse;", "export function* each() {}"])(
  "a module with more than functions is refused: %s",
  async (more) => {
    await expect(bundled({ "shared/heavy.ts": `${HEAVY}${more}\n` })).rejects.toThrow(/more than functions/);
  },
);

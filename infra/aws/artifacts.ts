import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { readPackaged } from "../../shared/compose/packaged.ts";
import { bundleFunction, FUNCTIONS, type FunctionName } from "./bundle.ts";
import { type Entry, zip } from "./zip.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OUT = join(ROOT, "dist/aws");
/** What every function needs beside its code (functions/aws/wire.ts). */
const NEEDED = ["moorgate.yaml", "policy.yaml"];

const RESOURCES = readdirSync(join(ROOT, "infra/aws/resources")).map((name) => `infra/aws/resources/${name}`);

/** Function -> path of its archive, from the root of the project. */
export type Artifacts = Readonly<Record<FunctionName, string>>;

/**
 * Bundles the functions and puts each into an archive, with the settings, policy and whatever else lies in a folder beside it.
 * @throws where the folder has no settings or no policy, or what no function would start with
 */
export async function writeArtifacts(settingsFolder: string): Promise<Artifacts> {
  const settings = settingsIn(settingsFolder);
  mkdirSync(OUT, { recursive: true });
  const made = FUNCTIONS.map(async (name) => {
    await bundleFunction(name, ROOT, { code: OUT, maps: join(ROOT, "dist/aws-maps") });
    const path = join(OUT, `${name}.zip`);
    writeFileSync(path, zip([...entriesOf(join(OUT, name)), ...settings]));
    return [name, relative(ROOT, path)] as const;
  });
  return Object.fromEntries(await Promise.all(made)) as Artifacts;
}

/** A `--param` that nothing asks for is passed over by osls, and the default of the one that was meant is deployed. @throws where one is unknown */
export function refuseUnknown(given: readonly string[]): void {
  const known = new Set([...paramsIn("serverless.yml"), ...paramsIn("infra/aws/artifacts.cjs"), ...RESOURCES.flatMap(paramsIn)]);
  const unknown = given.map((each) => each.split("=")[0] ?? "").filter((name) => !known.has(name));
  if (unknown.length > 0) throw plainly(`--param "${unknown.join('", "')}" is not known; known are ${[...known].sort().join(", ")}`);
}

function paramsIn(file: string): readonly string[] {
  return [...readFileSync(join(ROOT, file), "utf8").matchAll(/param:(\w+)/g)].map(([, name = ""]) => name);
}

/** What a function would refuse at its start is refused here, where whoever wrote it sees it. */
function settingsIn(folder: string): readonly Entry[] {
  const path = join(ROOT, folder);
  const missing = NEEDED.filter((name) => !existsSync(join(path, name)));
  if (missing.length > 0) throw plainly(`${folder} has no ${missing.join(" and no ")}: write them as in infra/aws/example`);
  try {
    readPackaged(path);
  } catch (error) {
    throw plainly(error instanceof Error ? error.message : String(error));
  }
  return entriesOf(path);
}

/** osls prints the stack, in which nobody who mends a file finds anything. */
function plainly(message: string): Error {
  return Object.assign(new Error(message), { stack: message });
}

/** Files of a folder and those below it; none whose name begins with a point. */
function entriesOf(folder: string): readonly Entry[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !file.name.startsWith("."))
    .map((file) => join(file.parentPath, file.name))
    .map((path) => ({ name: relative(folder, path).replaceAll(sep, "/"), bytes: readFileSync(path) }));
}

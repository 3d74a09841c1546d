import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BundledPart, bundleFunction, FUNCTIONS } from "../../infra/aws/bundle.ts";
import { LAMBDA_NODE_FLAGS } from "../running/lambda-node.ts";
import { round } from "./stats.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ENTRY = "index.cjs";
const RUNS = 9;

/** In a process of its own: loads files one after the other, and says what that took. */
const LOAD = `const files = JSON.parse(process.argv[1]);
const [from, cpu] = [performance.now(), process.cpuUsage()];
for (const file of files) await import(file);
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ ms: performance.now() - from, cpuMs: (user + system) / 1000, rssMiB: process.memoryUsage().rss / 2 ** 20 }));`;

type Loaded = Readonly<Record<"ms" | "cpuMs" | "rssMiB", number>>;

/** Each function as it is deployed: its size, what loading it takes in a fresh process, and of which packages that is. */
export async function cold(): Promise<readonly object[]> {
  const dir = mkdtempSync(join(tmpdir(), "moorgate-cold-"));
  try {
    const rows: object[] = [];
    for (const name of FUNCTIONS) {
      const parts = await bundleFunction(name, ROOT, { code: join(dir, "code"), maps: join(dir, "maps") });
      rows.push({ name, ...measure(join(dir, "code", name), parts, join(dir, "cache", name)) });
    }
    return rows;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function measure(folder: string, parts: readonly BundledPart[], cache: string): object {
  const atOnce = loadedAtOnce(parts);
  const own = [join(folder, ENTRY)];
  const all = parts.map(({ file }) => join(folder, file));
  load(own, { NODE_COMPILE_CACHE: cache });
  return {
    kB: kilobytes(parts),
    loadedKB: kilobytes(atOnce),
    ...least(own),
    bare: least([]).cpuMs,
    withAllParts: least(all).cpuMs,
    withCompileCache: least(own, { NODE_COMPILE_CACHE: cache }).cpuMs,
    loads: packagesIn(atOnce),
    later: packagesIn(parts.filter((part) => !atOnce.includes(part))),
  };
}

/** Parts that loading the function loads, and that its first call does not wait for. */
export function loadedAtOnce(parts: readonly BundledPart[]): readonly BundledPart[] {
  const found = new Set<string>([ENTRY]);
  for (const file of found) for (const other of parts.find((part) => part.file === file)?.imports ?? []) found.add(other);
  return parts.filter(({ file }) => found.has(file));
}

function packagesIn(parts: readonly BundledPart[]): string {
  const names = parts.flatMap(({ modules }) => modules).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "own code");
  return [...new Set(names)].sort().join(" ");
}

function kilobytes(parts: readonly BundledPart[]): number {
  return Math.ceil(parts.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000);
}

/** The run that took least of the processor: what else runs on the machine only adds to it. */
function least(files: readonly string[], environment: Readonly<Record<string, string>> = {}): Loaded {
  const runs = Array.from({ length: RUNS }, () => load(files, environment)).toSorted((one, other) => one.cpuMs - other.cpuMs);
  const { ms = 0, cpuMs = 0, rssMiB = 0 } = runs[0] ?? {};
  return { ms: round(ms), cpuMs: round(cpuMs), rssMiB: round(rssMiB) };
}

function load(files: readonly string[], environment: Readonly<Record<string, string>>): Loaded {
  const args = [...LAMBDA_NODE_FLAGS, "--input-type=module", "-e", LOAD, JSON.stringify(files)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, ...environment } })) as Loaded;
}

import { parseArgs } from "node:util";
import type { Bench, BenchOptions } from "./bench.ts";
import { benches } from "./table.ts";

const USAGE = `Usage: npm run bench -- NAME [--seconds N] [--peers FOLDER] [--json]
       npm run bench -- evaluate [--images N | --inventory FILE --policy-data FILE] [--store FILE] [--verdicts FILE]

Measures and prints; judges nothing.
Names: ${Object.keys(benches).join(", ")}.
Exit: 0 measured, 3 wrong use.
`;

interface Asked {
  readonly load: () => Promise<Bench>;
  readonly options: BenchOptions;
  readonly json: boolean;
}

const text = { type: "string" } as const;
const FLAGS = {
  json: { type: "boolean" },
  seconds: text,
  images: text,
  inventory: text,
  "policy-data": text,
  store: text,
  verdicts: text,
  peers: text,
} as const;

function counted(name: string, given: string | undefined, most: number): Readonly<Record<string, number>> {
  if (given === undefined) return {};
  const value = Number(given);
  if (!(value > 0 && value <= most)) throw new Error(`--${name} takes a number up to ${most}`);
  return { [name]: value };
}

function readArguments(args: readonly string[]): Asked | string {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
    const [name = "", ...more] = positionals;
    const load = benches[name];
    if (load === undefined || more.length > 0) return name === "" ? "name one" : `there is no bench ${name}`;
    const { json = false, seconds, images, "policy-data": policyData, ...files } = values;
    const counts = { ...counted("seconds", seconds, 3_600), ...counted("images", images, 100_000) };
    return { load, json, options: { ...counts, ...files, ...(policyData === undefined ? {} : { policyData }) } };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const asked = readArguments(args);
  if (typeof asked === "string") {
    process.stderr.write(`bench: ${asked}\n\n${USAGE}`);
    return 3;
  }
  const bench = await asked.load();
  for (const row of await bench(asked.options)) {
    process.stdout.write(asked.json ? `${JSON.stringify(row)}\n` : `${line(row)}\n`);
  }
  return 0;
}

function line(row: object): string {
  return Object.entries(row)
    .map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join("  ");
}

process.exitCode = await main(process.argv.slice(2));

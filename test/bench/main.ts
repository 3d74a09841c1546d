import { parseArgs } from "node:util";
import { type Bench, benches } from "./table.ts";

const USAGE = `Usage: npm run bench -- NAME [--seconds N] [--json]

Measures and prints; judges nothing.
Names: ${Object.keys(benches).join(", ")}.
Exit: 0 measured, 3 wrong use.
`;

interface Asked {
  readonly load: () => Promise<Bench>;
  readonly seconds: number | undefined;
  readonly json: boolean;
}

function readArguments(args: readonly string[]): Asked | string {
  try {
    const options = { json: { type: "boolean" }, seconds: { type: "string" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [name = "", ...more] = positionals;
    const load = benches[name];
    const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
    if (load === undefined || more.length > 0) return name === "" ? "name one" : `there is no bench ${name}`;
    if (seconds !== undefined && !(seconds > 0 && seconds <= 3_600)) return "--seconds takes a number up to 3600";
    return { load, seconds, json: values.json === true };
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
  for (const row of await bench(asked.seconds === undefined ? {} : { seconds: asked.seconds })) {
    process.stdout.write(asked.json ? `${JSON.stringify(row)}\n` : `${text(row)}\n`);
  }
  return 0;
}

function text(row: object): string {
  return Object.entries(row)
    .map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join("  ");
}

process.exitCode = await main(process.argv.slice(2));

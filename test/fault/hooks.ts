import { parseArgs } from "node:util";
import { hookRound, isSound } from "./hook-round.ts";

const USAGE = `Usage: node test/fault/hooks.ts [--mib N] [--flood N]

Sends forged, replayed, oversized, deeply nested and unreadable deliveries to a running gate.
Prints one line of JSON. Exit: 0 all refused and nothing shaken, 1 not so, 3 wrong use.
`;

async function main(): Promise<number> {
  try {
    const options = { mib: { type: "string", default: "1024" }, flood: { type: "string", default: "5000" } } as const;
    const { values } = parseArgs({ options });
    const figures = await hookRound({ oversizedMiB: Number(values.mib), flood: Number(values.flood) });
    console.log(JSON.stringify(figures));
    return isSound(figures) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n\n${USAGE}`);
    return 3;
  }
}

process.exitCode = await main();

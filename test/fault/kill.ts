import { parseArgs } from "node:util";
import { isSound, killRound } from "./kill-round.ts";

const USAGE = `Usage: node test/fault/kill.ts [--kills N] [--pushes N] [--seed N]

Kills the gate with SIGKILL at random instants while images are pushed, restarts it each time on the same state, and looks at what came of it.
Prints one line of JSON. Exit: 0 nothing was lost, 1 something was, 3 wrong use.
`;

function readNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0 && value <= 100_000) return value;
  throw new Error(`--${name} takes a whole number`);
}

async function main(): Promise<number> {
  try {
    const options = {
      kills: { type: "string", default: "100" },
      pushes: { type: "string", default: "500" },
      seed: { type: "string", default: "1" },
    } as const;
    const { values } = parseArgs({ options });
    const plan = {
      kills: readNumber("kills", values.kills),
      pushes: readNumber("pushes", values.pushes),
      seed: readNumber("seed", values.seed),
    };
    const figures = await killRound(plan);
    console.log(JSON.stringify(figures));
    return isSound(figures) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n\n${USAGE}`);
    return 3;
  }
}

process.exitCode = await main();

import { parseArgs } from "node:util";
import { isGotOver, killCallsRound } from "./kill-calls.ts";

const USAGE = `Usage: node test/fault/calls.ts [--stride N]

Kills the gate with SIGKILL at every (N-th) call that it makes of the registry while it holds and releases an
image, rolls a tag back and restores it, and holds what an emergency names; and starts it again on the same folder.
Prints one line of JSON, then what passed and failed. Exit: 0 all was got over, 1 something was not, 3 wrong use.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { stride: { type: "string", default: "1" } } });
  const stride = Number(values.stride);
  if (!Number.isSafeInteger(stride) || stride < 1) {
    process.stderr.write(USAGE);
    return 3;
  }
  const figures = await killCallsRound({ stride });
  console.log(JSON.stringify(figures));
  const failed = figures.failures.length + (figures.journal === "whole" ? 0 : 1);
  console.log(`${figures.kills - figures.failures.length} passed, ${failed} failed`);
  return isGotOver(figures) ? 0 : 1;
}

process.exitCode = await main();

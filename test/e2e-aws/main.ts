import { parseArgs } from "node:util";
import { isSound } from "./sound.ts";
import { tellStory } from "./story.ts";

const USAGE = `Usage: npm run e2e:aws -- [--pushes N] [--seed N] [--functions N] [--for SECONDS] [--rest SECONDS] [--calm] [--clean PERCENT]

Pushes N images (1000) into a stand-in of Amazon ECR, whose events wake the bundled functions of the gate over EventBridge, SQS, DynamoDB and its stream, while
calls are throttled and lost, events are lost, doubled and late, functions are killed, and the SIEM is down now and then. Needs moto and DynamoDB Local.
The same seed gives the same plan of what goes wrong. Prints what it does, and one line of JSON at the end. Exit: 0 every image is judged and enforced and nothing is lost, 1 something is not, 3 wrong use.
`;

const text = { type: "string" } as const;

async function main(): Promise<number> {
  const flags = { pushes: text, seed: text, functions: text, clean: text, for: text, rest: text, calm: { type: "boolean" } } as const;
  const { values } = parseArgs({ options: flags });
  const number = (given: string | undefined, otherwise: number): number => (given === undefined ? otherwise : Number(given));
  const [pushes, seed] = [number(values.pushes, 1_000), number(values.seed, 1)];
  const [atOnce, clean, pushFor] = [number(values.functions, 2), number(values.clean, 0), number(values.for, 86_400)];
  if (
    ![pushes, seed, atOnce, clean, pushFor].every((value) => Number.isSafeInteger(value) && value >= 0 && value <= 1_000_000) ||
    pushes * atOnce === 0
  ) {
    process.stderr.write(USAGE);
    return 3;
  }
  const startedAt = Date.now();
  const report = (line: string): void => void process.stdout.write(`${Math.round((Date.now() - startedAt) / 1_000)} s: ${line}\n`);
  const restMs = number(values.rest, 2_400 + pushes * 0.06) * 1_000;
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort());
  const figures = await tellStory({
    signal: ending.signal,
    pushes,
    seed,
    atOnce,
    clean,
    isCalm: values.calm === true,
    pushForMs: pushFor * 1_000,
    restMs,
    report,
  });
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  return isSound(figures) ? 0 : 1;
}

process.exitCode = await main();

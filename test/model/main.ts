import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { Done, Order } from "./worker.ts";

const USAGE = `Usage: node test/model/main.ts [--histories N] [--seed N] [--from N] [--threads N]

Plays random histories of pushes, acts, crashes and faults against the whole gate, and compares what is left with a model of what must be true.
Exit: 0 no divergence, 1 a divergence (told in words, shortened), 3 wrong use.
`;

/** Histories that a thread takes at once. */
const BATCH = 50;
const MOST_TOLD = 10;

interface Plan {
  readonly histories: number;
  readonly seed: number;
  readonly from: number;
  readonly threads: number;
}

function readPlan(): Plan {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { histories: text, seed: text, from: text, threads: text } });
  const whole = (name: keyof Plan, otherwise: number): number => {
    const value = Number(values[name] ?? otherwise);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new Error(`--${name} takes a whole number`);
  };
  return {
    histories: whole("histories", 20_000),
    seed: whole("seed", 1),
    from: whole("from", 0),
    threads: whole("threads", availableParallelism()),
  };
}

async function main(): Promise<number> {
  let plan: Plan;
  try {
    plan = readPlan();
  } catch (error) {
    process.stderr.write(`model: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 3;
  }
  const { histories, seed, from } = plan;
  const orders = Array.from({ length: Math.ceil(histories / BATCH) }, (_, at): Order => {
    const first = from + at * BATCH;
    return { seed, from: first, to: Math.min(first + BATCH, from + histories) };
  });
  const startedAt = performance.now();
  const told: string[] = [];
  let played = 0;
  let diverged = 0;
  const done = (answer: Done): void => {
    played += answer.played;
    diverged += answer.stories.length;
    for (const story of answer.stories) if (told.push(story) <= MOST_TOLD) process.stdout.write(`${story}\n`);
    const seconds = (performance.now() - startedAt) / 1000;
    if (process.stderr.isTTY || played % 1_000 === 0)
      process.stderr.write(`${played} histories, ${diverged} divergences, ${Math.round(played / seconds)}/s\n`);
  };
  await Promise.all(Array.from({ length: plan.threads }, () => work(orders, done)));
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  process.stdout.write(
    `${JSON.stringify({ histories: played, seed, divergences: diverged, seconds, perSecond: Math.round((played / seconds) * 10) / 10 })}\n`,
  );
  return diverged === 0 ? 0 : 1;
}

async function work(orders: Order[], done: (answer: Done) => void): Promise<void> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url));
  try {
    for (let order = orders.shift(); order !== undefined; order = orders.shift()) {
      const answer = new Promise<Done>((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
      });
      worker.postMessage(order);
      done(await answer);
      worker.removeAllListeners("error");
    }
  } finally {
    await worker.terminate();
  }
}

process.exitCode = await main();

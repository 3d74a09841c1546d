import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { type Order, runPool } from "./pool.ts";
import { printBroken, printTally } from "./report.ts";
import { add, MOST_MILLISECONDS, noTally, type Tally } from "./run.ts";
import { table } from "./table.ts";

const USAGE = `Usage: npm run fuzz -- [--cases N] [--seed N] [--workers N] [--only NAME] [--from N]

Damages signatures, certificates, timestamps, log entries and answers of every form that is read, and judges them by the true trust.
No case may end in anything but a judgement, take more than ${MOST_MILLISECONDS} ms, or be accepted for what nobody signed.
Keys are made anew in every run; all that is built of them has the same length, so a case with the same seed and number damages the same place.
Names: ${Object.keys(table).join(", ")}.
Exit: 0 all rules held, 1 one was broken, 3 wrong use.
`;

const text = { type: "string" } as const;
const SLICE = 1000;

interface Asked {
  readonly cases: number;
  readonly seed: number;
  readonly workers: number;
  readonly from: number;
  readonly names: readonly string[];
}

function readArguments(args: readonly string[]): Asked {
  const { values } = parseArgs({ args: [...args], options: { cases: text, seed: text, workers: text, only: text, from: text } });
  const number = (name: Exclude<keyof typeof values, "only">, otherwise: number): number => {
    const value = Number(values[name] ?? otherwise);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} takes a number`);
    return value;
  };
  const names = values.only === undefined ? Object.keys(table) : [values.only];
  if (!names.every((name) => Object.hasOwn(table, name))) throw new Error(`--only takes one of ${Object.keys(table).join(", ")}`);
  return {
    cases: number("cases", 1_000_000),
    seed: number("seed", 20_261_121),
    workers: Math.max(1, number("workers", Math.min(8, availableParallelism()))),
    from: number("from", 0),
    names,
  };
}

/** Splits the cases among the targets, by their shares, and into slices. */
async function ordersFor({ cases, seed, from, names }: Asked): Promise<readonly Order[]> {
  const shares = await Promise.all(names.map(async (name) => ({ name, share: (await table[name]?.())?.share ?? 0 })));
  const whole = shares.reduce((sum, { share }) => sum + share, 0);
  return shares.flatMap(({ name, share }) => {
    const count = Math.ceil((cases * share) / whole);
    const starts = Array.from({ length: Math.ceil(count / SLICE) }, (_, at) => at * SLICE);
    return starts.map((start) => ({ name, seed, from: from + start, count: Math.min(SLICE, count - start) }));
  });
}

async function main(args: readonly string[]): Promise<number> {
  let asked: Asked;
  try {
    asked = readArguments(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 3;
  }
  const tallies = new Map<string, { readonly id: string; readonly tally: Tally }>();
  const started = performance.now();
  const failure = await runPool({
    workers: asked.workers,
    orders: await ordersFor(asked),
    done: ({ name, id, tally }) => {
      const sum = tallies.get(name) ?? { id, tally: noTally() };
      add(sum.tally, tally);
      tallies.set(name, sum);
    },
  }).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error("a thread ended", { cause: error })),
  );
  return tell(asked, tallies, { seconds: (performance.now() - started) / 1000, failure });
}

function tell(
  { seed, workers }: Asked,
  tallies: ReadonlyMap<string, { readonly id: string; readonly tally: Tally }>,
  { seconds, failure }: { readonly seconds: number; readonly failure: Error | undefined },
): number {
  let cases = 0;
  let broken = failure === undefined ? 0 : 1;
  for (const [name, { id, tally }] of tallies) {
    console.log(printTally(id, tally));
    for (const each of tally.broken) console.log(printBroken(name, seed, each));
    cases += tally.cases;
    broken += tally.broken.length;
  }
  if (failure !== undefined) console.log(`BROKEN ${failure.stack ?? failure.message}`);
  const rate = Math.round(cases / Math.max(0.001, seconds));
  console.log(`${cases} cases, seed ${seed}, ${workers} threads, ${Math.round(seconds)} s, ${rate} a second: ${broken} broken`);
  return broken === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));

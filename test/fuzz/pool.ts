import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Slice, Tally } from "./run.ts";

/** Some cases of one target. */
export interface Order extends Slice {
  readonly name: string;
}

export interface Done {
  readonly name: string;
  readonly id: string;
  readonly tally: Tally;
}

export interface Pool {
  readonly workers: number;
  readonly orders: readonly Order[];
  readonly done: (done: Done) => void;
}

// A case may take a second; a thread that says nothing for this long will never say anything.
const PATIENCE_MS = 30_000;

/** Has the orders done by several threads. @throws Error naming the case that a thread does not come back from */
export async function runPool({ workers, orders, done }: Pool): Promise<void> {
  const open = [...orders];
  await Promise.all(Array.from({ length: workers }, () => work(open, done)));
}

async function work(open: Order[], done: (done: Done) => void): Promise<void> {
  const shared = new SharedArrayBuffer(4);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: shared });
  try {
    for (let order = open.shift(); order !== undefined; order = open.shift()) done(await doneBy(worker, order, new Int32Array(shared)));
  } finally {
    await worker.terminate();
  }
}

async function doneBy(worker: Worker, order: Order, current: Int32Array): Promise<Done> {
  const stop = new AbortController();
  try {
    worker.postMessage(order);
    const answer = once(worker, "message", { signal: stop.signal }).then(([done]) => done as Done);
    return await Promise.race([answer, silenceOf(order, current, stop.signal)]);
  } finally {
    stop.abort();
  }
}

/** Ends with an error when the same case runs for too long. */
async function silenceOf({ name }: Order, current: Int32Array, signal: AbortSignal): Promise<never> {
  for (let last = -1; ; ) {
    await setTimeout(PATIENCE_MS, undefined, { signal });
    const now = Atomics.load(current, 0);
    if (now === last) throw new Error(`${name}, case ${now}: no end after ${PATIENCE_MS / 1000} s`);
    last = now;
  }
}

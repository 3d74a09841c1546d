import { parentPort, workerData } from "node:worker_threads";
import type { Done, Order } from "./pool.ts";
import { runSlice } from "./run.ts";
import { table } from "./table.ts";
import type { Target } from "./target.ts";

/** Shared with the main thread: which case is running. */
const current = new Int32Array(workerData as SharedArrayBuffer);
const made = new Map<string, Target>();

async function targetOf(name: string): Promise<Target> {
  const make = table[name];
  if (make === undefined) throw new Error(`there is no target ${name}`);
  const target = made.get(name) ?? (await make());
  made.set(name, target);
  return target;
}

parentPort?.on("message", (order: Order) => {
  void obey(order);
});

async function obey({ name, seed, from, count }: Order): Promise<void> {
  const target = await targetOf(name);
  const tally = await runSlice(target, { seed, from, count, at: (index) => Atomics.store(current, 0, index) });
  const done: Done = { name, id: target.id, tally };
  parentPort?.postMessage(done);
}

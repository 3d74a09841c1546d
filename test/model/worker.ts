import { parentPort } from "node:worker_threads";
import { historyOf, runHistory } from "./history.ts";
import { shrink } from "./shrink.ts";
import { tell } from "./story.ts";

/** Histories of one seed, by their numbers. */
export interface Order {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

export interface Done {
  readonly played: number;
  /** Of those that went wrong. */
  readonly stories: readonly string[];
}

/** Plays one after the other. */
export async function playAll({ seed, from, to }: Order): Promise<Done> {
  const stories: string[] = [];
  for (let number = from; number < to; number += 1) {
    const history = historyOf(seed, number);
    const findings = await runHistory(history);
    if (findings.length > 0) stories.push(tell(await shrink(history, findings)));
  }
  return { played: to - from, stories };
}

// Parts of the gate are loaded when they are first asked for, which takes turns of the event loop: the first history would have an order of its own.
if (parentPort !== null) await runHistory(historyOf(0, 0));

parentPort?.on("message", (order: Order) => void answer(order));

async function answer(order: Order): Promise<void> {
  parentPort?.postMessage(await playAll(order));
}

import type { Weather } from "./faults.ts";
import { messagesIn } from "./moto.ts";
import type { AwsWorld } from "./world.ts";

export interface Progress {
  /** To be set by whoever pushes. */
  pushed: number;
  stop(): void;
}

const EVERY_MS = 20_000;

/** Tells every now and then how far it is. */
export function watchProgress(world: AwsWorld, { counts }: Weather, report: (line: string) => void): Progress {
  let before = 0;
  const progress = { pushed: 0, stop: () => clearInterval(watching) };
  const watching = setInterval(() => {
    const perSecond = (progress.pushed - before) / (EVERY_MS / 1_000);
    before = progress.pushed;
    tell(world, counts, `${progress.pushed} pushed, ${perSecond.toFixed(2)} a second`).then(report, () => {});
  }, EVERY_MS);
  return progress;
}

async function tell({ moto, queue, bus, events, functions, siem }: AwsWorld, faults: Weather["counts"], pushed: string): Promise<string> {
  const calls = Object.entries(functions).map(([name, { counts: of }]) => `${name} ${of.calls} (${of.failed} failed, ${of.killed} killed)`);
  const waiting = `${await messagesIn(moto.sqs, queue.url)} in the queue, ${bus.onTheWay()} on the bus`;
  const { awsThrottled, tableThrottled, awsLost, tableLost } = faults;
  const wrong = `${awsThrottled + tableThrottled} throttled, ${awsLost + tableLost} lost`;
  return [
    pushed,
    `${events.requests.messages} messages received`,
    waiting,
    calls.join(", "),
    wrong,
    `${siem.kept.size} events at the SIEM`,
  ].join("; ");
}

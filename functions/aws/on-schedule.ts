import { door } from "./door.ts";
import { readTask } from "./envelope.ts";
import { TASK_NAMES, TASKS } from "./tasks.ts";
import { inTime, type Turn } from "./turn.ts";
import { type Wired, wired } from "./wire.ts";

/** Woken by a schedule whose input names one task: `{"task": "sweep"}`. */
export async function onSchedule(wiring: Wired, input: unknown, turn: Turn): Promise<void> {
  const task = readTask(input, TASK_NAMES);
  const run = async (): Promise<void> => {
    await wiring.freshen();
    await TASKS[task](wiring, turn);
  };
  await inTime(turn, run, () =>
    wiring.log.warn("A task did not end in the time of its function; it goes on with the next call.", { task }),
  );
}

export const handler = door(async (input: unknown, turn) => onSchedule(await wired(), input, turn));

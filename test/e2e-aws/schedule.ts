import { setTimeout as wait } from "node:timers/promises";
import type { AwsWorld } from "./world.ts";

export interface Schedule {
  /** Runs a task now, and waits for it, however often it has to be asked. */
  insist(task: string): Promise<void>;
  stop(): Promise<void>;
}

const SOON_MS = { queue: 3_000, runs: 30_000, emergencies: 30_000, sweep: 60_000, "sweep-rest": 15_000, forward: 6_000 } as const;
/** As deployed, but for the sweep: where nothing is lost, what a push costs is counted without what a sweep costs. */
const DEPLOYED_MS = { queue: 60_000, runs: 60_000, emergencies: 60_000, "sweep-rest": 900_000, forward: 300_000 } as const;
/** A sweep looks at every image: in a large registry it comes more rarely. */
const SWEEP_MS_PER_IMAGE = 100;

/** EventBridge Scheduler; with a clock that runs faster than deployed, where something is to be mended. */
export function keepSchedule({ functions }: AwsWorld, pushes: number, isCalm: boolean): Schedule {
  const state = { isOver: false };
  const call = async (task: string): Promise<boolean> => {
    const [target, input] =
      task === "forward" ? ([functions["forward-audit"], {}] as const) : ([functions["on-schedule"], { task }] as const);
    return target.invoke(input).then(
      () => true,
      () => false,
    );
  };
  const running = Object.entries(isCalm ? DEPLOYED_MS : SOON_MS).map(async ([task, everyMs]) => {
    const pauseMs = task === "sweep" ? Math.max(everyMs, pushes * SWEEP_MS_PER_IMAGE) : everyMs;
    for (let next = performance.now() + pauseMs; !state.isOver; await wait(200)) {
      if (performance.now() < next) continue;
      await call(task);
      next = performance.now() + pauseMs;
    }
  });
  return {
    async insist(task) {
      while (!(await call(task))) await wait(500);
    },
    async stop() {
      state.isOver = true;
      await Promise.all(running);
    },
  };
}

import type { GateDeps } from "../../shared/pipeline/deps.ts";

export interface Schedule {
  readonly name: string;
  readonly everyMs: number;
  /** Once per interval over all processes that share the store; else in each. */
  readonly shared: boolean;
  readonly run: (signal: AbortSignal) => Promise<unknown>;
}

export interface Schedules {
  stop(): Promise<void>;
}

/** Runs each schedule at its interval; a run that fails is logged and tried at the next. */
export function startSchedules(deps: Pick<GateDeps, "queue" | "clock" | "log">, schedules: readonly Schedule[]): Schedules {
  const stopping = new AbortController();
  const loops = schedules.map((schedule) => loop(deps, schedule, stopping.signal));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function loop(
  deps: Pick<GateDeps, "queue" | "clock" | "log">,
  { name, everyMs, shared, run }: Schedule,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      if (!shared || (await deps.queue.due(name, everyMs, deps.clock.now()))) await run(signal);
    } catch (error) {
      deps.log.error("A scheduled run failed.", { schedule: name, why: error instanceof Error ? error.message : String(error) });
    }
    await pause(Math.min(everyMs, 60_000), signal);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}

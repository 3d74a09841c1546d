import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { LAMBDA_NODE_FLAGS } from "../running/lambda-node.ts";
import { cpuSecondsOf } from "./cpu-seconds.ts";

const PROGRAM = fileURLToPath(new URL("function-process.ts", import.meta.url));
/** So long after its time is over, Lambda kills what did not answer. */
const GRACE_MS = 500;

export interface FunctionPlan {
  /** Of a bundled function. */
  readonly folder: string;
  readonly environment: (container: number) => Readonly<Record<string, string>>;
  readonly forMs: number;
  /** Containers that may run at once; each takes one call at a time. */
  readonly atOnce: number;
}

/** A function as the service runs it: containers that start when they are needed, live on, and may die in the midst of a call. */
export interface RunningFunction {
  /** Waits for a container where all are busy. @throws Error where it failed, was killed or did not answer in time */
  invoke(event: unknown): Promise<unknown>;
  /** Kills a container that is in the midst of a call; this one, or any. @returns whether there was one */
  kill(container?: number): boolean;
  /** Lines of its log that are no news. */
  readonly complaints: readonly string[];
  /** Why calls failed whose container was neither killed nor too slow. */
  readonly failures: readonly string[];
  /** Processor time of its containers, in seconds. */
  cpuSeconds(): number;
  readonly counts: { calls: number; failed: number; killed: number; timeouts: number; starts: number };
  stop(): Promise<void>;
}

export interface Functions {
  readonly "on-registry-event": RunningFunction;
  readonly "on-schedule": RunningFunction;
  readonly "forward-audit": RunningFunction;
}

export type FunctionName = keyof Functions;

interface Container {
  readonly number: number;
  readonly child: ChildProcess;
  /** By the test; nothing is to be learned from that it fails. */
  isEnded: boolean;
  answer?: { resolve(result: unknown): void; reject(error: Error): void };
}

const KEPT = 2_000;

export function runFunction({ folder, environment, forMs, atOnce }: FunctionPlan): RunningFunction {
  const containers = new Set<Container>();
  const idle: Container[] = [];
  const waiting: (() => void)[] = [];
  const [complaints, failures]: [string[], string[]] = [[], []];
  let cpuOfEnded = 0;
  const counts = { calls: 0, failed: 0, killed: 0, timeouts: 0, starts: 0 };
  let busy = 0;

  async function open(): Promise<Container> {
    counts.starts += 1;
    const number = counts.starts;
    const env = { PATH: process.env["PATH"], HOME: "/nonexistent", ...environment(number) };
    const child = fork(PROGRAM, [folder], { env, execArgv: [...LAMBDA_NODE_FLAGS], stdio: ["ignore", "pipe", "pipe", "ipc"] });
    const container: Container = { number, child, isEnded: false };
    const keep = (chunk: Buffer): void => {
      if (complaints.length < KEPT) complaints.push(...chunk.toString("utf8").split("\n").filter(isComplaint));
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    containers.add(container);
    child.once("exit", () => {
      containers.delete(container);
      const at = idle.indexOf(container);
      if (at >= 0) idle.splice(at, 1);
      container.answer?.reject(new Error("the container ended"));
    });
    const ended = once(child, "exit").then(() => {
      throw new Error(`a container of ${folder} ended before it was ready: ${complaints.slice(-5).join("\n")}`);
    });
    await Promise.race([once(child, "message"), ended]);
    child.on("message", ({ result, error }: { result?: unknown; error?: string }) =>
      error === undefined ? container.answer?.resolve(result) : container.answer?.reject(new Error(error)),
    );
    return container;
  }

  function end(container: Container): boolean {
    container.isEnded = true;
    cpuOfEnded += cpuSecondsOf(container.child.pid);
    return container.child.kill("SIGKILL");
  }

  async function call(event: unknown): Promise<unknown> {
    const container = idle.pop() ?? (await open());
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    container.answer = { resolve, reject };
    const timer = setTimeout(() => {
      counts.timeouts += 1;
      end(container);
    }, forMs + GRACE_MS);
    container.child.send({ id: ++counts.calls, event, forMs });
    try {
      return await promise;
    } catch (error) {
      counts.failed += 1;
      if (!container.isEnded && failures.length < KEPT) failures.push(String(error));
      throw error;
    } finally {
      clearTimeout(timer);
      delete container.answer;
      if (container.child.connected && containers.has(container)) idle.push(container);
    }
  }

  return {
    complaints,
    failures,
    counts,
    cpuSeconds: () => [...containers].reduce((sum, { child, isEnded }) => sum + (isEnded ? 0 : cpuSecondsOf(child.pid)), cpuOfEnded),
    async invoke(event) {
      if (busy >= atOnce) await new Promise<void>((resolve) => void waiting.push(resolve));
      busy += 1;
      try {
        return await call(event);
      } finally {
        busy -= 1;
        waiting.shift()?.();
      }
    },
    kill(container) {
      const working = [...containers].filter(({ answer, isEnded }) => answer !== undefined && !isEnded);
      const chosen = container === undefined ? working[0] : working.find(({ number }) => number === container);
      if (chosen === undefined) return false;
      counts.killed += 1;
      return end(chosen);
    },
    async stop() {
      const ended = [...containers].map(({ child }) => once(child, "exit"));
      for (const { child } of containers) child.kill("SIGKILL");
      await Promise.all(ended);
    },
  };
}

/** Lines are JSON; what is no line of ours is one of Node's own. */
function isComplaint(line: string): boolean {
  return line.trim() !== "" && !line.includes('"level":"info"');
}

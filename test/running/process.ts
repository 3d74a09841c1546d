import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";

export interface Started {
  readonly pid: number;
  /** The last 64 KiB of what it printed. */
  output(): string;
  /** Resolves with the first line on standard output. */
  readonly firstLine: Promise<string>;
  /** Whether it still runs. */
  isAlive(): boolean;
  /** Signals it and waits for its end. Only this process, by its own handle. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const KEPT = 65_536;

export function start(command: string, args: readonly string[], { cwd, env }: StartOptions = {}): Started {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);
  let printed = "";
  const keep = (chunk: Buffer): void => {
    printed = (printed + chunk.toString("utf8")).slice(-KEPT);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  const firstLine = readFirstLine(child, () => `${command} ${args.join(" ")} ended before its first line:\n${printed}`);
  // Whoever does not wait for the line does not care how it ended.
  firstLine.catch(() => undefined);
  return {
    pid,
    output: () => printed,
    firstLine,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}

function readFirstLine(child: ChildProcess, why: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      if (text.includes("\n")) return;
      text += chunk.toString("utf8");
      const [line, ...rest] = text.split("\n");
      if (rest.length > 0) resolve(line ?? "");
    });
    child.once("exit", () => reject(new Error(why())));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

/** Asks again and again until there is an answer; the error says what was waited for and what came last. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, withinMs = 30_000): Promise<T> {
  const giveUpAt = Date.now() + withinMs;
  let last: unknown = "no answer";
  while (Date.now() < giveUpAt) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited ${withinMs} ms for ${what}; last: ${last instanceof Error ? (last.stack ?? last.message) : String(last)}`);
}

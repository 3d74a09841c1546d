import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Started, start, until } from "./process.ts";
import { type Ended, tryRun } from "./programs.ts";

const CLI = fileURLToPath(new URL("../../functions/cli/main.ts", import.meta.url));

export interface GatePlan {
  /** Text of the policy file. */
  readonly policy: string;
  /** Text of `moorgate.yaml`; absent: the embedded registry alone. */
  readonly settings?: string;
  /** Further files in the gate's folder, by name: keys, for example. */
  readonly files?: Readonly<Record<string, string>>;
}

interface Ready {
  readonly ready: true;
  readonly url: string;
  readonly registry: string;
  readonly token: string;
}

export interface ImageView {
  readonly registry: string;
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly verdict: string;
  readonly held: boolean;
  readonly reasons: readonly unknown[];
  readonly deadline?: unknown;
}

/** A gate in a process of its own, with its state in a temporary folder that outlives a kill. */
export interface RunningGate extends Ready {
  readonly dir: string;
  readonly process: Started;
  ask<T>(method: string, path: string, body?: unknown): Promise<T>;
  images(query?: string): Promise<readonly ImageView[]>;
}

export function gateFolder(plan: GatePlan): string {
  const dir = mkdtempSync(join(tmpdir(), "moorgate-gate-"));
  writeFileSync(join(dir, "policy.yaml"), plan.policy);
  if (plan.settings !== undefined) writeFileSync(join(dir, "moorgate.yaml"), plan.settings);
  for (const [name, text] of Object.entries(plan.files ?? {})) writeFileSync(join(dir, name), text);
  mkdirSync(join(dir, "home"));
  return dir;
}

/** Starts a gate on a folder, and does not wait until it is ready. */
export function launchGate(dir: string, env: Readonly<Record<string, string>> = {}): Started {
  const args = ["up", "--json", "--state", join(dir, "state"), "--port", "0", "--registry-port", "0", "--policy", join(dir, "policy.yaml")];
  // A home of its own: no credential of this machine's user is found, or needed.
  return start(process.execPath, [CLI, ...args], { cwd: dir, env: { HOME: join(dir, "home"), DOCKER_CONFIG: join(dir, "home"), ...env } });
}

/** Starts a gate on a folder; again on the same folder goes on where the last one stopped. */
export async function startGate(dir: string, env: Readonly<Record<string, string>> = {}, withinMs = 60_000): Promise<RunningGate> {
  const running = launchGate(dir, env);
  const timer = setTimeout(() => void running.end("SIGKILL"), withinMs);
  try {
    const ready = JSON.parse(await running.firstLine) as Ready;
    if (ready.ready !== true) throw new Error(`the gate did not start: ${running.output()}`);
    return { ...ready, dir, process: running, ...speak(ready) };
  } finally {
    clearTimeout(timer);
  }
}

function speak({ url, token }: Ready): Pick<RunningGate, "ask" | "images"> {
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  };
  return { ask, images: (query = "") => allImages(ask, query) };
}

type Ask = RunningGate["ask"];

async function allImages(ask: Ask, query: string): Promise<readonly ImageView[]> {
  const images: ImageView[] = [];
  for (let after: string | undefined = ""; after !== undefined; ) {
    const place: string = after === "" ? "" : `&after=${encodeURIComponent(after)}`;
    const page: { images: readonly ImageView[]; next?: string } = await ask("GET", `/api/v1/images?limit=500${place}${query}`);
    images.push(...page.images);
    after = page.next;
  }
  return images;
}

/** Waits until the gate knows an image in the asked state. */
export function untilImage(
  gate: RunningGate,
  digest: string,
  what: string,
  isSo: (image: ImageView) => boolean,
  withinMs?: number,
): Promise<ImageView> {
  const ask = async (): Promise<ImageView | undefined> =>
    (await gate.images(`&q=digest:${digest}`)).find((image) => image.digest === digest && isSo(image));
  return until(`${digest} to be ${what}`, ask, withinMs);
}

/** Waits until nothing is queued or running. */
export function untilIdle(gate: RunningGate, withinMs?: number): Promise<true> {
  return until(
    "the gate to be idle",
    async () => {
      const { queue } = await gate.ask<{ queue: { waiting: number; running: number } }>("GET", "/api/v1/status");
      return queue.waiting + queue.running === 0 ? true : undefined;
    },
    withinMs,
  );
}

/** The command line, asking this gate, whatever it ends with. */
export function tryMoorgate({ url, dir }: RunningGate, args: readonly string[]): Promise<Ended> {
  return tryRun(process.execPath, [CLI, ...args, "--url", url, "--token-file", join(dir, "state/token")], { cwd: dir });
}

/** Throws where it ends with another code than 0. */
export async function moorgate(gate: RunningGate, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await tryMoorgate(gate, args);
  if (code !== 0) throw new Error(`moorgate ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** `moorgate journal verify` on the folder, offline. */
export async function verifyJournal(dir: string): Promise<{ readonly code: number; readonly stdout: string }> {
  return tryRun(process.execPath, [CLI, "journal", "verify", "--state", join(dir, "state"), "--json"], { cwd: dir });
}

/** Stops the gate in order and removes its folder. */
export async function endGate(gate: RunningGate): Promise<void> {
  await gate.process.end("SIGTERM");
  rmSync(gate.dir, { recursive: true, force: true });
}

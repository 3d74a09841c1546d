import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { readEnvironment } from "../../shared/runtime/config.ts";
import { request } from "../../shared/runtime/http.ts";
import { openLog } from "../../shared/runtime/log.ts";
import { startLocal } from "../local/start.ts";
import { EXIT } from "./exit-code.ts";
import { failure } from "./fault.ts";
import { prepareState } from "./first-start.ts";
import type { Flags } from "./flags.ts";
import { sameGate, stateFolder } from "./gate.ts";
import { type GateAddress, readGateFile, removeGateFile, writeGateFile } from "./gate-file.ts";
import { LOOPBACK, PORTS } from "./ports.ts";
import { showSamples } from "./up-samples.ts";
import { commandOf, welcome } from "./up-words.ts";
import type { Run } from "./verb.ts";
import { version } from "./version.ts";

/** Runs until it is told to stop. */
export const runUp: Run = async ({ flags, terminal, asJson }) => {
  const ports = listening(flags);
  const stopping = stopSignal();
  const stateDir = stateFolder(flags);
  await refuseSecond(stateDir);
  const environment = readEnvironment();
  const prepared = prepareState(stateDir, { isDemo: flags.on("demo"), policyFile: flags.text("policy") });
  const log = openLog({ level: terminal.interactive ? "warn" : "info", clock: systemClock });
  const running = await startLocal({ stateDir, ...ports, policyFile: prepared.policyFile, version, environment }, systemClock, log);
  const address: GateAddress = { url: reachable(running.url), token: running.token.value, pid: process.pid };
  try {
    writeGateFile(stateDir, address);
    const samples = flags.on("demo")
      ? await showSamples({ stateDir, address, registry: running.registry, key: prepared.sampleKey }, stopping)
      : [];
    if (asJson) terminal.printJson({ ready: true, url: address.url, registry: running.registry, token: address.token });
    else
      terminal.print(
        welcome(
          {
            stateDir,
            address,
            registry: running.registry,
            policyFile: prepared.policyFile,
            isNewToken: running.token.isNew,
            samples,
            command: commandOf(environment),
            sameGate: sameGate(flags),
          },
          terminal,
        ),
      );
    await aborted(stopping);
    if (terminal.interactive) terminal.tell("  Stopping: no new work is taken, what was begun is finished.");
  } finally {
    removeGateFile(stateDir, process.pid);
    await running.stop();
  }
  return EXIT.fine;
};

function listening(flags: Flags): { readonly host: string; readonly port: number; readonly registryPort: number } {
  return {
    host: flags.text("host") ?? LOOPBACK,
    port: flags.number("port", 0, 65_535) ?? PORTS.gate,
    registryPort: flags.number("registryPort", 0, 65_535) ?? PORTS.registry,
  };
}

/** Two gates on one folder would fight over its registry. A process number alone proves nothing: it may be another program's by now. */
async function refuseSecond(stateDir: string): Promise<void> {
  const other = readGateFile(stateDir);
  if (other === undefined || other.pid === process.pid || !isRunning(other.pid) || !(await answers(other.url))) return;
  throw failure(
    "conflict",
    "Could not start the gate",
    `one runs on the state folder ${stateDir} already (process ${other.pid}, ${other.url})`,
    "stop it first, or give this one a folder of its own with --state FOLDER",
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await request({ url: new URL("/healthz", url), timeoutMs: 2_000, maxBytes: 64 * 1024 })).status === 200;
  } catch (error) {
    if (error instanceof AdapterError) return false;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** An address that listens everywhere is reached over loopback from here. */
function reachable(url: string): string {
  return url.replace("//0.0.0.0:", `//${LOOPBACK}:`).replace("//[::]:", "//[::1]:").replace("//:::", "//[::1]:");
}

/** Aborts at the first SIGINT or SIGTERM. The second one ends the process as if there were no handler. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopping.abort());
  return stopping.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

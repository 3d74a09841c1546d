import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endGate, gateFolder, type RunningGate, startGate } from "../running/gate.ts";
import { freePort, type Started, start, until } from "../running/process.ts";
import { findProgram } from "../running/programs.ts";

export interface Watched {
  /** `host:port` of the real registry. */
  readonly registry: string;
  readonly gate: RunningGate;
  stop(): Promise<void>;
}

const SECRET = "the-secret-between-registry-and-gate";

/** Signed by `release.pub` or told; what runs has a week. */
export const signedWith = (level: string): string => `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: signed-only }
mode: enforce
trust: { keys: [{ name: release, file: release.pub }] }
enforcement: { inUse: { deadline: 7d } }
rules:
  - { id: signed, rule: signature-required, signers: [release], grace: 0s, level: ${level} }
`;

export interface WatchedPlan {
  readonly policy: string;
  /** Beside the policy, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** More of `moorgate.yaml`. */
  readonly settings?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real distribution registry with deletes allowed, its notifications pointed at a gate that enforces. Ends only what it started. */
export function startWatched(policy: string, files: Readonly<Record<string, string>> = {}): Promise<Watched> {
  return startWatchedWith({ policy, files });
}

export async function startWatchedWith({ policy, files = {}, settings = "", env = {} }: WatchedPlan): Promise<Watched> {
  const program = findProgram("registry");
  const port = await freePort();
  const registry = `127.0.0.1:${port}`;
  const dir = gateFolder({ policy, settings: `${settingsFor(registry)}${settings}`, files });
  const gate = await startGate(dir, { HOOK_SECRET: SECRET, ...env });
  const storage = mkdtempSync(join(tmpdir(), "moorgate-registry-"));
  const config = join(storage, "config.yml");
  writeFileSync(config, configFor(join(storage, "data"), port, gate.url));
  const running = start(program, ["serve", config], { cwd: storage, env: { OTEL_TRACES_EXPORTER: "none" } });
  const stop = async (): Promise<void> => {
    await running.end("SIGTERM");
    await endGate(gate);
    rmSync(storage, { recursive: true, force: true });
  };
  await until("the registry to answer", () => answers(registry, running)).catch(async (error: unknown) => {
    await stop();
    throw new Error(`the registry did not start: ${running.output()}`, { cause: error });
  });
  return { registry, gate, stop };
}

async function answers(registry: string, running: Started): Promise<true | undefined> {
  if (!running.isAlive()) throw new Error("it ended");
  return (await fetch(`http://${registry}/v2/`)).ok ? true : undefined;
}

function settingsFor(registry: string): string {
  return `apiVersion: moorgate.dev/v1
kind: Settings
registries:
  - { host: "${registry}", plainHttp: true, mode: enforce, takeOver: at-once, hookSecret: "env:HOOK_SECRET" }
`;
}

/** Distribution's documentation, "Configuring a registry" and "Work with notifications". */
function configFor(data: string, port: number, gate: string): string {
  return `version: 0.1
log: { level: error }
storage:
  filesystem: { rootdirectory: ${data} }
  delete: { enabled: true }
http: { addr: "127.0.0.1:${port}" }
notifications:
  endpoints:
    - name: moorgate
      url: ${gate}/hooks/oci
      headers: { Authorization: ["Bearer ${SECRET}"] }
      timeout: 5s
      threshold: 3
      backoff: 1s
      ignore:
        mediatypes: [application/octet-stream]
        actions: [pull, mount]
`;
}

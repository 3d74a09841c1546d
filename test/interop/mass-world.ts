import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStateFolder } from "../../functions/local/state.ts";
import { openPolicyFile } from "../../shared/compose/policy-file.ts";
import { parseRegistryHost } from "../../shared/domain/image-ref.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { openLog } from "../../shared/runtime/log.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { pushStock, type StockImage } from "../bench/hold-stock.ts";
import { SCRATCH } from "../fakes/scratch.ts";
import { entryOf, evidenceOf } from "../fixtures/evidence.ts";
import { recordOf, verdictOf } from "../fixtures/records.ts";
import { type RunningGate, startGate } from "../running/gate.ts";
import { freePort, start, until } from "../running/process.ts";
import { findProgram } from "../running/programs.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

/** A real registry full of images, a gate that has judged each of them, and a SIEM. */
export interface MassWorld {
  readonly registry: string;
  readonly receiver: Receiver;
  readonly images: readonly StockImage[];
  gate(): RunningGate;
  writePolicy(text: string): void;
  /** Kills the gate, and starts it again on what it left. */
  killGate(): Promise<void>;
  /** MiB of memory that a gate has had at most. */
  peakMiB(): number;
  stop(): Promise<void>;
}

const PER_REPOSITORY = 4;
const AT_ONCE = 500;
export async function startMass(count: number, policy: string, files: Readonly<Record<string, string>>): Promise<MassWorld> {
  const dir = mkdtempSync(join(SCRATCH, "moorgate-mass-"));
  const port = await freePort();
  const registry = `127.0.0.1:${port}`;
  mkdirSync(join(dir, "home"));
  const running = start(findProgram("registry"), ["serve", writeConfig(dir, port)], { cwd: dir, env: { OTEL_TRACES_EXPORTER: "none" } });
  await until("the registry to answer", async () => ((await fetch(`http://${registry}/v2/`)).ok ? true : undefined));
  const receiver = await startReceiver();
  writeFolder(dir, policy, { ...files, "moorgate.yaml": settingsFor(registry, receiver.url) });
  const images = await pushStock({ host: parseRegistryHost(registry), credentials: async () => undefined }, count, PER_REPOSITORY);
  await remember(dir, images);
  const env = { SINK_SECRET: receiver.secret };
  let gate = await startGate(dir, env);
  let peak = 0;
  const look = (): number => {
    peak = Math.max(peak, peakOf(gate.process.pid));
    return peak;
  };
  return {
    registry,
    receiver,
    images,
    gate: () => gate,
    writePolicy: (text) => writeFileSync(join(dir, "policy.yaml"), text),
    async killGate() {
      look();
      await gate.process.end("SIGKILL");
      gate = await startGate(dir, env);
    },
    peakMiB: look,
    async stop() {
      await gate.process.end("SIGTERM");
      await receiver.stop();
      await running.end("SIGTERM");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function writeFolder(dir: string, policy: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries({ "policy.yaml": policy, ...files })) writeFileSync(join(dir, name), text);
}

/** As it is after the gate has met them all: each was judged, and let through. */
async function remember(dir: string, images: readonly StockImage[]): Promise<void> {
  const state = openStateFolder(join(dir, "state"));
  const { policy } = openPolicyFile(join(dir, "policy.yaml"), openLog({ level: "error", clock: systemClock })).current();
  const store = openSqliteStore({ file: state.ledgerFile, signHead: state.signHead });
  const now = systemClock.now();
  for (let from = 0; from < images.length; from += AT_ONCE) {
    const some = images.slice(from, from + AT_ONCE).map(({ key, tag }) => {
      const image = recordOf(key, { tags: [tag], verdict: verdictOf("compliant", { policy: policy.id }), firstSeenAt: now, passedAt: now });
      const evidence = { kind: "gathered", entry: entryOf("", evidenceOf([]), { image: key, at: now }) } as const;
      return store.ledger.commit({ image, intents: [], outcomes: [], journal: [], evidence });
    });
    await Promise.all(some);
  }
  await store.usage.put({ place: "east", seenAt: now, images: [], unmatched: [] });
  await store.close();
}

function peakOf(pid: number): number {
  const [, kib = "0"] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kib) / 1_024);
}

function settingsFor(registry: string, siem: string): string {
  return `apiVersion: moorgate.dev/v1
kind: Settings
registries:
  - { host: "${registry}", plainHttp: true, mode: enforce, takeOver: at-once, puller: anonymous }
usage: { places: [{ name: east, maxAge: 1h }] }
brake: { images: 20, perHour: 60, ofRepository: 100%, lastTag: false, lastCompliant: false }
sinks:
  - { name: soc, kind: webhook, url: "${siem}", secret: "env:SINK_SECRET", plainHttp: true }
`;
}

function writeConfig(dir: string, port: number): string {
  const file = join(dir, "registry.yml");
  writeFileSync(
    file,
    `version: 0.1
log: { level: error }
storage:
  filesystem: { rootdirectory: ${join(dir, "data")} }
  delete: { enabled: true }
http: { addr: "127.0.0.1:${port}" }
`,
  );
  return file;
}

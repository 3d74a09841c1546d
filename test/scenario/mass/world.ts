import { toOcsf } from "../../../shared/audit/ocsf.ts";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import type { BrakeLimits } from "../../../shared/domain/brake.ts";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import type { Run } from "../../../shared/domain/run.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import { imageNamed, pull, type SmallGate, type SmallGateOptions, startSmallGate } from "../../fakes/small-gate.ts";
import { kevOf, NO_KNOWN_EXPLOITED } from "../../fixtures/feeds.ts";

/** Many images with one weakness, of which nobody knew that it is exploited. */

const WEAKNESS = "CVE-2026-4242";
const KEV = "kev.json";
const REPOSITORIES = 12;
const JOBS = 5_000;

export interface World {
  readonly gate: SmallGate;
  readonly images: readonly ImageKey[];
  /** The list names the weakness from now on; what follows from that is done. */
  listed(): Promise<void>;
  /** The list names the weakness from now on, and nothing was done yet. */
  list(): Promise<void>;
  /** Does all that is queued, and lets the summary be told. */
  settle(): Promise<void>;
  /** The run of it, once it has held something. */
  run(): Promise<Run>;
  decide(decision: "approved" | "rejected"): Promise<void>;
  records(): Promise<readonly ImageRecord[]>;
  /** Whether a puller gets them by digest. */
  served(images: readonly ImageKey[]): Promise<readonly boolean[]>;
  told<K extends AuditEvent["kind"]>(kind: K): Promise<readonly Extract<AuditEvent, { readonly kind: K }>[]>;
  /** What the SOC gets as an alert, by code. */
  alerts(): Promise<readonly unknown[]>;
}

/** `running`: the first of them run in a cluster. */
export async function worldOf(count: number, running: number, brake: BrakeLimits | "off", options: SmallGateOptions = {}): Promise<World> {
  const usage = { places: [{ name: "prod", maxAge: parseDuration("1d") }], pulledWithin: parseDuration("1ms"), scanners: [] };
  const files = { [KEV]: Buffer.from(kevOf([])).toString() };
  const gate = await startSmallGate(NO_KNOWN_EXPLOITED, brake, { usage, files, kev: KEV, ...options });
  await gate.gate.refreshFeeds();
  const images: ImageKey[] = [];
  for (let number = 0; number < count; number++) {
    const image = imageNamed(`image ${number}`);
    const key = await gate.push(`team/app-${number % REPOSITORIES}`, `v${number}`, image);
    await gate.gate.operator.postReport(key.digest, undefined, report(key));
    images.push(key);
  }
  await gate.drain(JOBS);
  const run = images.slice(0, running).map(({ digest }) => ({ digest, workloads: [{ name: "shop/Deployment/api" }] as const }));
  await gate.store.usage.put({ place: "prod", seenAt: gate.gate.deps.clock.now(), images: run, unmatched: [] });
  return openWorld(gate, images);
}

function openWorld(gate: SmallGate, images: readonly ImageKey[]): World {
  const journal = () => gate.store.ledger.journal(0, 10_000);
  const run = async (): Promise<Run> => {
    const [newest] = (await gate.store.runs.list({ limit: 1 })).filter(({ cause }) => cause === "feeds");
    if (newest === undefined) throw new Error("nothing was judged again");
    return newest;
  };
  const settle = async (): Promise<void> => {
    await gate.drain(JOBS);
    gate.pass(4_000);
    await gate.gate.tellRuns();
  };
  const list = async (): Promise<void> => {
    await gate.changeFile(KEV, Buffer.from(kevOf([{ id: WEAKNESS }])).toString());
    gate.pass(parseDuration("2h"));
    await gate.gate.refreshFeeds();
  };
  return {
    gate,
    images,
    list,
    settle,
    run,
    async listed() {
      await list();
      await settle();
    },
    async decide(decision) {
      const decided = await gate.gate.operator.decideRun({ run: (await run()).id, decision, actor: { name: "ann", reason: "seen" } });
      if (decided.kind !== "decided") throw new Error(decided.kind);
      await settle();
    },
    records: () => Promise.all(images.map((key) => gate.record(key))),
    served: (asked) => Promise.all(asked.map(async ({ repository, digest }) => (await pull(gate, repository, digest)) !== undefined)),
    async told<K extends AuditEvent["kind"]>(kind: K) {
      const isOne = (event: AuditEvent): event is Extract<AuditEvent, { readonly kind: K }> => event.kind === kind;
      return (await journal()).map(({ event }) => event).filter(isOne);
    },
    async alerts() {
      const events = (await journal()).map((entry) => toOcsf(entry, { version: "0" }));
      return events.filter((event) => event["is_alert"] === true).map(({ metadata }) => metadata["event_code"]);
    },
  };
}

function report({ digest }: ImageKey): Uint8Array {
  const vulnerability = { VulnerabilityID: WEAKNESS, PkgName: "openssl", InstalledVersion: "3.0.1", Severity: "HIGH" };
  const results = [{ Target: "a", Class: "os-pkgs", Type: "debian", Vulnerabilities: [vulnerability] }];
  const head = { SchemaVersion: 2, CreatedAt: new Date().toISOString(), ArtifactName: digest, ArtifactType: "container_image" };
  return Buffer.from(JSON.stringify({ ...head, Results: results }));
}

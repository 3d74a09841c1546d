import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { FunctionSettings } from "../../../functions/aws/environment.ts";
import { untilOver } from "../../../functions/aws/turn.ts";
import type { Wired } from "../../../functions/aws/wire.ts";
import { startEmbedded } from "../../../functions/local/embedded.ts";
import type { Built } from "../../../functions/local/samples/image.ts";
import { openStateFolder } from "../../../functions/local/state.ts";
import { openGate } from "../../../shared/compose/gate.ts";
import { parseSettings } from "../../../shared/compose/settings.ts";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import { type ImageKey, parseRegistryHost, parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { type Instant, instant } from "../../../shared/domain/time.ts";
import { openClient } from "../../../shared/oci/client.ts";
import type { GateDeps } from "../../../shared/pipeline/deps.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { decoder } from "../../../shared/providers/aws/events.ts";
import { openLog } from "../../../shared/runtime/log.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import type { Around } from "../../fakes/served-registry.ts";
import { HOST } from "../../fixtures/aws-events.ts";

/** The images of these tests were built long ago, so every image is held. */
const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: door }
mode: enforce
enforcement: { inUse: { deadline: 0s, afterwards: hold } }
rules:
  - { id: age, rule: image-age, maxAge: 1d, since: built }
`;

export const SETTINGS = "apiVersion: moorgate.dev/v1\nkind: Settings\n";

/** A gate whose registry has the name of one of ECR and tells its events by EventBridge; the rest of it is the embedded registry. */
export interface DoorGate {
  readonly wired: Wired;
  /** Another container of the same functions, with a store of its own that has the same place. */
  container(store: Store): Promise<Wired>;
  readonly store: Store;
  /** Lines of the log, oldest first. */
  readonly lines: string[];
  /** How often each image was judged to the end, by digest. */
  readonly commits: Map<string, number>;
  push(repository: string, tag: string, image: Built): Promise<ImageKey>;
  record(key: ImageKey): Promise<ImageRecord | undefined>;
  pass(milliseconds: number): void;
  now(): Instant;
  stop(): Promise<void>;
}

export interface DoorGateOptions {
  /** Sees every request of the gate first. */
  readonly around?: Around;
  readonly settings?: Partial<FunctionSettings>;
  /** In memory where it is left out. It is closed with the gate. */
  readonly store?: Store;
}

export async function startDoorGate({
  around = (request, next) => next(request),
  settings,
  store: given,
}: DoorGateOptions = {}): Promise<DoorGate> {
  const dir = mkdtempSync(join(tmpdir(), "moorgate-door-"));
  const policyFile = join(dir, "policy.yaml");
  writeFileSync(policyFile, POLICY);
  let offset = 0;
  const clock = { now: () => instant(Date.now() + offset) };
  const lines: string[] = [];
  const log = openLog({ level: "info", clock, write: (line) => void lines.push(line) });
  const state = openStateFolder(join(dir, "state"));
  const store = given ?? openSqliteStore({ file: ":memory:", signHead: state.signHead });
  const embedded = await startEmbedded(state, { host: "127.0.0.1", port: 0 }, clock);
  const served = embedded.entry.fetch ?? fetch;
  // The embedded registry answers under its own name alone.
  const renamed = (request: Request): Request =>
    new Request(request.url.replace(`https://${HOST}/`, `http://${embedded.address}/`), request);
  const entry = {
    ...embedded.entry,
    host: parseRegistryHost(HOST),
    plainHttp: false,
    fetch: async (input: string | URL | Request, init?: RequestInit) =>
      around(new Request(input, init), async (request) => served(renamed(request))),
  };
  const file = parseSettings(SETTINGS, "moorgate.yaml", {}, () => async () => undefined);
  const commits = new Map<string, number>();
  const container = async (opened: Store): Promise<Wired> => {
    const store = untilOver(opened);
    const gate = await openGate({ ...file, policyFile, registries: [entry], brake: "off", version: "0.0.0" }, store, clock, log);
    return {
      gate: { ...gate, deps: toldBy(gate.deps, commits) },
      store,
      file,
      settings: { policyFile, settingsFile: "moorgate.yaml", trustRoots: dir, hosts: [], roles: [], logLevel: "info", ...settings },
      clock,
      log,
      freshen: async () => {},
    };
  };
  const wired = await container(store);
  const client = openClient({ host: embedded.entry.host, plainHttp: true, credentials: async () => undefined });
  return {
    wired,
    container,
    store,
    lines,
    commits,
    async push(repository, tag, { manifest, blobs }) {
      const place = parseRepository(repository);
      for (const blob of blobs) await client.putBlob(place, { digest: blob.digest, size: blob.bytes.length }, blob.bytes);
      await client.putManifest(place, manifest.bytes, manifest.mediaType, parseTag(tag));
      return { registry: entry.host, repository: place, digest: manifest.digest };
    },
    record: (key) => store.ledger.image(key),
    pass(milliseconds) {
      offset += milliseconds;
    },
    now: () => clock.now(),
    async stop() {
      await embedded.stop();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Ends with the test that it is opened in. */
export async function openDoorGate(options?: DoorGateOptions): Promise<DoorGate> {
  const door = await startDoorGate(options);
  onTestFinished(() => door.stop());
  return door;
}

/** Events of EventBridge are read; steps are counted. */
function toldBy(deps: GateDeps, commits: Map<string, number>): GateDeps {
  const registries = new Map(
    [...deps.registries].map(([host, watched]) => [
      host,
      Object.create(watched, { decoder: { value: decoder }, provider: { value: "ecr" } }),
    ]),
  );
  return {
    ...deps,
    registries,
    ledger: {
      ...deps.ledger,
      async commit(step) {
        const { digest } = step.image.key;
        if (step.outcomes.length === 0) commits.set(digest, (commits.get(digest) ?? 0) + 1);
        return deps.ledger.commit(step);
      },
    },
  };
}

/** What ECR tells of an image in the registry of these tests. */
export function told(action: "PUSH" | "DELETE", { repository, digest }: ImageKey, tag?: string): string {
  return JSON.stringify({
    version: "0",
    id: randomUUID(),
    "detail-type": "ECR Image Action",
    source: "aws.ecr",
    account: HOST.split(".")[0],
    time: "2026-11-22T03:00:00Z",
    region: HOST.split(".")[3],
    resources: [],
    detail: {
      result: "SUCCESS",
      "repository-name": repository,
      "image-digest": digest,
      "action-type": action,
      ...(tag === undefined ? {} : { "image-tag": tag }),
    },
  });
}

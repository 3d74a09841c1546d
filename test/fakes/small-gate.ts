import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../../functions/local/embedded.ts";
import type { Built } from "../../functions/local/samples/image.ts";
import { buildImage } from "../../functions/local/samples/image.ts";
import { makeSigningKey, type SigningKey } from "../../functions/local/samples/sign.ts";
import { openStateFolder } from "../../functions/local/state.ts";
import { type Gate, openGate, type RegistryEntry } from "../../shared/compose/gate.ts";
import type { UsageSettings } from "../../shared/compose/usage-settings.ts";
import type { VerdictSettings } from "../../shared/compose/verdicts.ts";
import type { BrakeLimits } from "../../shared/domain/brake.ts";
import type { ImageRecord } from "../../shared/domain/image-record.ts";
import { type ImageKey, parseRegistryHost, parseRepository, parseTag } from "../../shared/domain/image-ref.ts";
import type { TwoPeople } from "../../shared/domain/proposal.ts";
import { type Instant, instant, parseDuration } from "../../shared/domain/time.ts";
import type { FeedSettings } from "../../shared/feeds/feeds.ts";
import { openClient, type RegistryClient } from "../../shared/oci/client.ts";
import { doWork } from "../../shared/pipeline/do-work.ts";
import { present } from "../../shared/pipeline/work.ts";
import type { Store } from "../../shared/ports/store.ts";
import { openLog } from "../../shared/runtime/log.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { writeFiles } from "../fixtures/notation-files.ts";
import type { Around } from "./served-registry.ts";

/** No place tells what it runs: what is held is held also where something might run it. */
export const SIGNED_POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
enforcement: { inUse: { deadline: 0s, afterwards: hold } }
trust: { keys: [{ name: release, file: release.pub }] }
rules:
  - { id: signed, rule: signature-required, grace: 0s }
`;

/** A gate over the embedded registry, without workers of its own: a test decides when queued work runs and what time it is. */
export interface SmallGate {
  readonly gate: Gate;
  readonly store: Store;
  readonly host: string;
  readonly key: SigningKey;
  /** A puller and pusher without credentials. */
  readonly client: RegistryClient;
  /** The gate's own eyes: also sees the quarantine. */
  push(repository: string, tag: string | undefined, image: Built): Promise<ImageKey>;
  /** `tag`: the name that older tools give it, or that of the list. */
  attach(repository: string, referrer: Built, tag?: string): Promise<void>;
  /** Deletes a tag or a digest, past the gate. */
  remove(repository: string, reference: string): Promise<void>;
  /** What the registry would tell. @returns how much work follows from it */
  announce(event: Announced): Promise<number>;
  /** Runs queued work, and what follows from it, until nothing may run now. @returns how many jobs ran; more than `most` are an error. */
  drain(most?: number): Promise<number>;
  pass(milliseconds: number): void;
  record(key: ImageKey): Promise<ImageRecord>;
  /** Events are lost from now on, as every registry loses some. */
  loseEvents(lose: boolean): void;
  writePolicy(text: string): void;
  /** As the running gate does it: what the change concerns is queued. */
  changePolicy(text: string): Promise<void>;
  /** The same for a file beside the policy. */
  changeFile(name: string, text: string): Promise<void>;
  stop(): Promise<void>;
}

export interface Announced {
  readonly action: "push" | "delete" | "pull";
  readonly repository: string;
  readonly digest?: string;
  readonly tag?: string;
  readonly actor?: string;
  readonly userAgent?: string;
  readonly at?: string;
}

export interface SmallGateOptions {
  /** Files beside the policy, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Sees every request of the gate first: quirks and faults are put there. */
  readonly around?: Around;
  /** Where it may be asked whether a certificate has been revoked, beside the public internet. */
  readonly internalHosts?: readonly string[];
  /** The registry does not tell the gate's own requests from those of others. */
  readonly isNameless?: boolean;
  /** What time it is when it starts; now where it is left out. */
  readonly startAt?: Instant;
  readonly verdicts?: VerdictSettings;
  /** The registry as the settings have it, where it differs: enforced, and nobody is asked about images that lie there before. */
  readonly registry?: Partial<Pick<RegistryEntry, "takeOver" | "mode">>;
  /** The list of what is known to be exploited is a file beside the policy, of this name. */
  readonly kev?: string;
  /** Where images run; no place reports it where it is left out. */
  readonly usage?: UsageSettings;
  readonly fourEyes?: readonly TwoPeople[];
}

export async function startSmallGate(
  policy = SIGNED_POLICY,
  brake: BrakeLimits | "off" = "off",
  { files = {}, around, verdicts, usage, kev, fourEyes, internalHosts = [], isNameless = false, startAt, registry }: SmallGateOptions = {},
): Promise<SmallGate> {
  const dir = mkdtempSync(join(tmpdir(), "moorgate-test-"));
  const key = makeSigningKey();
  const policyFile = join(dir, "policy.yaml");
  writeFileSync(join(dir, "release.pub"), key.publicPem);
  writeFiles(dir, files);
  writeFileSync(policyFile, policy);
  let offset = startAt === undefined ? 0 : startAt - Date.now();
  const clock = { now: () => instant(Date.now() + offset) };
  const log = openLog({ level: "error", clock });
  const state = openStateFolder(join(dir, "state"));
  const store = openSqliteStore({ file: ":memory:", signHead: state.signHead });
  const embedded = await startEmbedded(state, { host: "127.0.0.1", port: 0 }, clock);
  const { gateActor: _, ...nameless } = embedded.entry;
  const own = isNameless ? nameless : embedded.entry;
  const watched = { ...own, ...registry };
  const entry = around === undefined ? watched : asked(watched, around);
  const revocation = { internalHosts };
  const feeds = kev === undefined ? undefined : kevIn(join(dir, kev));
  const optional = present({ verdicts, usage, fourEyes, feeds });
  const settings = { policyFile, registries: [entry], sinks: [], brake, revocation, ...optional, version: "0.0.0" };
  const gate = await openGate(settings, store, clock, log).catch(async (error: unknown) => {
    await embedded.stop();
    throw error;
  });
  let lost = false;
  embedded.connect({ receive: async (...delivery) => (lost ? { kind: "accepted", work: 0 } : gate.operator.receive(...delivery)) });
  const client = openClient({ host: embedded.entry.host, plainHttp: true, credentials: async () => undefined });
  return {
    gate,
    store,
    host: embedded.address,
    key,
    client,
    async push(repository, tag, image) {
      await put(client, repository, tag, image);
      return { registry: parseRegistryHost(embedded.address), repository: parseRepository(repository), digest: image.manifest.digest };
    },
    attach: (repository, referrer, tag) => put(client, repository, tag, referrer),
    async remove(repository, reference) {
      const response = await fetch(`http://${embedded.address}/v2/${repository}/manifests/${reference}`, { method: "DELETE" });
      if (response.status !== 202) throw new Error(`${reference}: ${response.status}`);
    },
    async announce({ actor, action, userAgent, at, ...target }) {
      const event = {
        id: randomUUID(),
        action,
        target,
        request: { host: embedded.address, useragent: userAgent },
        actor: { name: actor },
        timestamp: at,
      };
      const headers = { authorization: `Bearer ${entry.hookSecrets[0]?.reveal()}` };
      const body = Buffer.from(JSON.stringify({ events: [event] }));
      const received = await gate.operator.receive("oci", embedded.address, { headers, body, receivedAt: clock.now() });
      if (received.kind !== "accepted") throw new Error(received.kind);
      return received.work;
    },
    drain: (most) => drain(gate, clock, most),
    pass(milliseconds) {
      offset += milliseconds;
    },
    async record(image) {
      const record = await gate.deps.ledger.image(image);
      if (record === undefined) throw new Error(`no record of ${image.repository}@${image.digest}`);
      return record;
    },
    loseEvents(lose) {
      lost = lose;
    },
    async changeFile(name, text) {
      writeFiles(dir, { [name]: text });
      await gate.refreshPolicy();
    },
    writePolicy(text) {
      writeFileSync(policyFile, text);
      gate.policy.refresh();
    },
    async changePolicy(text) {
      writeFileSync(policyFile, text);
      await gate.refreshPolicy();
    },
    async stop() {
      await embedded.stop();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function kevIn(path: string): FeedSettings {
  return { knownExploited: { location: { kind: "file", path }, every: parseDuration("1h") } };
}

function asked(entry: RegistryEntry, around: Around): RegistryEntry {
  const registry = entry.fetch ?? fetch;
  return { ...entry, fetch: (input, init) => around(new Request(input, init), async (request) => registry(request)) };
}

async function put(client: RegistryClient, repository: string, tag: string | undefined, { manifest, blobs }: Built): Promise<void> {
  const place = parseRepository(repository);
  for (const blob of blobs) await client.putBlob(place, { digest: blob.digest, size: blob.bytes.length }, blob.bytes);
  await client.putManifest(place, manifest.bytes, manifest.mediaType, tag === undefined ? manifest.digest : parseTag(tag));
}

async function drain({ deps }: Gate, clock: { now(): ReturnType<typeof instant> }, most = 200): Promise<number> {
  let count = 0;
  for (;;) {
    const [job] = await deps.queue.claim(1, clock.now(), 60_000);
    if (job === undefined) return count;
    const outcome = await doWork(deps, job, { queuedAt: job.queuedAt, now: clock.now() });
    await deps.queue.finish(job, outcome, clock.now());
    count += 1;
    if (count > most) throw new Error("the queue does not get empty");
  }
}

/** An image that differs from others by its name alone. */
export function imageNamed(name: string, architecture = "amd64"): Built {
  return buildImage({
    platform: { os: "linux", architecture },
    created: "2026-01-01T00:00:00Z",
    files: [{ path: "name", content: name }],
    labels: { name },
  });
}

/** What a puller gets: the bytes of a manifest, or nothing. */
export async function pull(gate: SmallGate, repository: string, reference: string): Promise<Uint8Array | undefined> {
  const response = await fetch(`http://${gate.host}/v2/${repository}/manifests/${reference}`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json" },
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return response.status === 200 ? bytes : undefined;
}

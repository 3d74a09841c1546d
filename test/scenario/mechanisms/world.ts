import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeSigningKey, type SigningKey } from "../../../functions/local/samples/sign.ts";
import { openGate } from "../../../shared/compose/gate.ts";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { instant } from "../../../shared/domain/time.ts";
import type { GateDeps } from "../../../shared/pipeline/deps.ts";
import { doWork } from "../../../shared/pipeline/do-work.ts";
import { receive } from "../../../shared/pipeline/receive.ts";
import { sweep } from "../../../shared/pipeline/sweep.ts";
import { openLog } from "../../../shared/runtime/log.ts";
import { secret } from "../../../shared/runtime/secret.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { openWorld, QUARANTINE, type RegistryRow, type World } from "../../contract/registry-row.ts";
import { SIGNED_POLICY } from "../../fakes/small-gate.ts";
import { present } from "../../fixtures/present.ts";

/** A gate over a registry product with a mechanism of its own. Events wait until they are delivered. */
export interface VendorGate {
  readonly world: World;
  readonly deps: GateDeps;
  readonly key: SigningKey;
  /** Delivers what the registry told since, and does what follows from it. */
  settle(): Promise<void>;
  /** What the registry told since comes never. */
  lose(): void;
  sweep(): Promise<void>;
  pass(milliseconds: number): void;
  record(image: ImageKey): Promise<ImageRecord>;
  journal(): Promise<readonly AuditEvent[]>;
  stop(): Promise<void>;
}

const HOOK_SECRET = "the-secret-between-registry-and-gate";

export async function startVendorGate(row: RegistryRow, policy = SIGNED_POLICY): Promise<VendorGate> {
  const world = await openWorld(row);
  const { host } = world.registry;
  const dir = mkdtempSync(join(tmpdir(), "moorgate-test-"));
  const key = makeSigningKey();
  const policyFile = join(dir, "policy.yaml");
  writeFileSync(join(dir, "release.pub"), key.publicPem);
  writeFileSync(policyFile, policy);
  let offset = 0;
  const clock = { now: () => instant(Date.now() + offset) };
  const store = openSqliteStore({ file: ":memory:", signHead: () => "" });
  const entry = {
    host,
    provider: "oci",
    mode: "enforce",
    plainHttp: true,
    credentials: async () => undefined,
    hookSecrets: [secret(HOOK_SECRET)],
    quarantine: QUARANTINE,
  } as const;
  const gate = await openGate(
    { policyFile, registries: [entry], sinks: [], version: "0.0.0" },
    store,
    clock,
    openLog({ level: "error", clock }),
  );
  // The registry as the row's provider opens it: no provider of the table has such a mechanism.
  const watched = { ...present(gate.deps.registries.get(host)), registry: world.registry };
  const deps: GateDeps = { ...gate.deps, registries: new Map([[host, watched]]) };

  async function drain(): Promise<void> {
    for (let count = 0; count < 200; count += 1) {
      const [job] = await deps.queue.claim(1, clock.now(), 60_000);
      if (job === undefined) return;
      await deps.queue.finish(job, await doWork(deps, job, { queuedAt: job.queuedAt, now: clock.now() }), clock.now());
    }
    throw new Error("the queue does not get empty");
  }

  let delivered = 0;
  return {
    world,
    deps,
    key,
    async settle() {
      while (delivered < world.served.envelopes.length) {
        const body = Buffer.from(JSON.stringify(world.served.envelopes[delivered]));
        delivered += 1;
        const headers = { authorization: `Bearer ${HOOK_SECRET}` };
        const received = await receive(deps, "oci", host, { headers, body, receivedAt: clock.now() });
        if (received.kind !== "accepted") throw new Error(`the event was ${received.kind}`);
        await drain();
      }
    },
    lose() {
      delivered = world.served.envelopes.length;
    },
    async sweep() {
      await sweep(deps);
      await drain();
    },
    pass(milliseconds) {
      offset += milliseconds;
    },
    record: async (image) => present(await deps.ledger.image(image)),
    journal: async () => (await deps.ledger.journal(0, 1_000)).map(({ event }) => event),
    async stop() {
      await world.served.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

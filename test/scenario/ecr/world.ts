import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECRClient } from "@aws-sdk/client-ecr";
import { makeSigningKey } from "../../../functions/local/samples/sign.ts";
import { type Gate, openGate } from "../../../shared/compose/gate.ts";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { lookAtPosture } from "../../../shared/compose/setups.ts";
import { parseDigest } from "../../../shared/domain/digest.ts";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import { type ImageKey, parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import { instant } from "../../../shared/domain/time.ts";
import type { GateDeps } from "../../../shared/pipeline/deps.ts";
import { doWork } from "../../../shared/pipeline/do-work.ts";
import { openLog } from "../../../shared/runtime/log.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { type FakeAws, serveAws } from "../../fakes/aws/aws.ts";
import { beCaller } from "../../fakes/aws/be-caller.ts";
import type { EcrRegistry } from "../../fakes/aws/ecr-registry.ts";
import { servedEcr } from "../../fakes/aws/served-ecr.ts";
import type { ServedRegistry } from "../../fakes/served-registry.ts";
import { SIGNED_POLICY } from "../../fakes/small-gate.ts";

const HOOK_SECRET = "the-secret-between-the-bus-and-the-gate";

/** A gate over the fake ECR as its settings have it, as somebody who is in the environment. Events wait until they are delivered. */
export interface EcrGate {
  readonly aws: FakeAws;
  readonly home: EcrRegistry;
  readonly served: ServedRegistry;
  readonly gate: Gate;
  /** Whoever sets the registry up beside the gate. */
  readonly ecr: ECRClient;
  /** Delivers what the bus was told since, and does what follows from it. @returns how many events */
  settle(): Promise<number>;
  /** What the bus was told since comes never. */
  lose(): void;
  pass(milliseconds: number): Promise<void>;
  key(repository: string, image: { readonly digest: string }): ImageKey;
  record(image: ImageKey): Promise<ImageRecord>;
  /** Its verdict and whether it is held. */
  state(image: ImageKey): Promise<readonly unknown[]>;
  /** Looks at how the registry is set up. */
  look(deps?: GateDeps): Promise<void>;
  stop(): Promise<void>;
}

export async function startEcrGate(
  environment: (name: string, value: string) => void,
  policy = SIGNED_POLICY,
  access = "",
): Promise<EcrGate> {
  const aws = await serveAws();
  const home = aws.registry();
  const ecr = new ECRClient({ endpoint: aws.endpoint, region: home.region, credentials: aws.credentials() });
  beCaller(aws, environment);
  const dir = mkdtempSync(join(tmpdir(), "moorgate-test-"));
  const policyFile = join(dir, "policy.yaml");
  writeFileSync(join(dir, "release.pub"), makeSigningKey().publicPem);
  writeFileSync(policyFile, policy);
  const text = settingsOf(home, aws.endpoint, access);
  const { registries } = parseSettings(text, "moorgate.yaml", { HOOK: HOOK_SECRET }, () => async () => undefined);
  let offset = 0;
  let told = 0;
  const clock = { now: () => instant(Date.now() + offset) };
  const store = openSqliteStore({ file: ":memory:", signHead: () => "" });
  const gate = await openGate({ policyFile, registries, sinks: [], version: "0.0.0" }, store, clock, openLog({ level: "error", clock }));

  async function work(): Promise<void> {
    for (let jobs = 0; jobs < 200; jobs += 1) {
      const [job] = await gate.deps.queue.claim(1, clock.now(), 60_000);
      if (job === undefined) return;
      const outcome = await doWork(gate.deps, job, { queuedAt: job.queuedAt, now: clock.now() });
      await gate.deps.queue.finish(job, outcome, clock.now());
    }
    throw new Error("the queue does not get empty");
  }

  async function record(image: ImageKey): Promise<ImageRecord> {
    const found = await gate.deps.ledger.image(image);
    if (found === undefined) throw new Error(`no record of ${image.repository}@${image.digest}`);
    return found;
  }

  return {
    aws,
    home,
    served: servedEcr(aws),
    ecr,
    gate,
    async settle() {
      let events = 0;
      do {
        const fresh = aws.events.slice(told);
        told = aws.events.length;
        for (const event of fresh) {
          const headers = { authorization: `Bearer ${HOOK_SECRET}` };
          const body = Buffer.from(JSON.stringify(event));
          const received = await gate.operator.receive("ecr", undefined, { headers, body, receivedAt: clock.now() });
          if (received.kind !== "accepted") throw new Error(received.kind);
        }
        events += fresh.length;
        await work();
      } while (aws.events.length > told);
      return events;
    },
    lose() {
      told = aws.events.length;
    },
    async pass(milliseconds) {
      offset += milliseconds;
      await aws.forward(milliseconds);
    },
    key: (repository, { digest }) => ({
      registry: parseRegistryHost(home.host),
      repository: parseRepository(repository),
      digest: parseDigest(digest),
    }),
    record,
    async state(image) {
      const { verdict, hold } = await record(image);
      return [verdict?.kind, hold.kind];
    },
    look: (deps = gate.deps) => lookAtPosture({ deps }, store, registries),
    async stop() {
      ecr.destroy();
      await aws.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A policy that has what is critically vulnerable held. @param inUse what is done about what runs */
export const noCritical = (inUse: string): string => `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
enforcement: { inUse: { ${inUse} } }
rules:
  - { id: no-critical, rule: severity-threshold, atLeast: critical }
`;

/** `access`: more of what stands under `aws`. */
export function settingsOf({ host, account, region }: EcrRegistry, endpoint: string, access = ""): string {
  return `apiVersion: moorgate.dev/v1
kind: Settings
registries:
  - host: ${host}
    provider: ecr
    mode: enforce
    plainHttp: true
    takeOver: at-once
    hookSecret: env:HOOK
    aws: { account: "${account}", region: ${region}, endpoint: "${endpoint}" ${access}}
`;
}

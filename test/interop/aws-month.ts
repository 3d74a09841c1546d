import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AttributeValue, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import { forwardAudit } from "../../functions/aws/forward-audit.ts";
import { onRegistryEvent } from "../../functions/aws/on-registry-event.ts";
import { onSchedule } from "../../functions/aws/on-schedule.ts";
import type { TaskName } from "../../functions/aws/tasks.ts";
import { wire } from "../../functions/aws/wire.ts";
import { wireForward } from "../../functions/aws/wire-forward.ts";
import { ASSUMED, type Counted } from "../../infra/aws/cost-basis.ts";
import type { ImageRecord } from "../../shared/domain/image-record.ts";
import { parseTag } from "../../shared/domain/image-ref.ts";
import { OCI_MANIFEST } from "../../shared/domain/manifest.ts";
import type { Ledger } from "../../shared/ports/ledger.ts";
import type { Store } from "../../shared/ports/store.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { openClient, openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { signHead } from "../contract/store.ts";
import { batch, sqsRecord, turn } from "../door/aws/woken.ts";
import { serveAws } from "../fakes/aws/aws.ts";
import { beCaller } from "../fakes/aws/be-caller.ts";
import type { AwsEvent } from "../fakes/aws/events/aws-event.ts";
import { servedEcr } from "../fakes/aws/served-ecr.ts";
import { CONFIG, digestOf, type Pushed, pushBlob, pushManifest, tagAs } from "../fakes/pusher.ts";
import type { ServedRegistry } from "../fakes/served-registry.ts";
import { keyOf, recordOf } from "../fixtures/records.ts";
import { placeOf, REGION, startDynamoLocal, withTable } from "./dynamodb-local.ts";
import { type Call, startProxy } from "./dynamodb-proxy.ts";
import { startReceiver } from "./receiver.ts";

export interface Month {
  /** Pushes so many images, each with a tag of its own. Events go to whoever asks for them next. */
  push(count: number): Promise<void>;
  /** The gate knows so many images of the stocked repository. */
  stock(count: number): Promise<void>;
  /** Pushes an image into the stocked repository. */
  build(): Promise<void>;
  /** Moves `latest` to the image that was built last. */
  move(): Promise<void>;
  /** A minute later all scans are complete. */
  scan(): Promise<void>;
  /** What EventBridge was told of one kind since it was asked last. */
  events(kind: string): readonly AwsEvent[];
  /** Hands events to on-registry-event, ten at a time. @returns how often it was called */
  work(events: readonly AwsEvent[]): Promise<number>;
  /** What forward-audit does when the stream wakes it. */
  forward(): Promise<void>;
  schedule(task: TaskName): Promise<void>;
  /** Since it was asked last. */
  count(): Counted;
  /** Write units of what was counted last, by the kind of item; `change` is what the list of changes took beside its images. */
  written(): Readonly<Record<string, number>>;
  /** Events that the receiving end has. */
  told(): number;
  /** Steps of all images together, since the beginning. */
  commits(): Promise<number>;
}

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: month }
mode: enforce
rules:
  - { id: no-critical, rule: severity-threshold, atLeast: critical }
  - { id: scanned-lately, rule: scan-freshness, maxAge: 14d, level: warn }
`;
const REPOSITORIES = 10;
const MOST_LISTED = 100;
/** Names stand in the items: with that of the stand-in, which is short, as long as one of ECR is with its repository. */
const REPOSITORY = "platform/payments/frontend-api/checkout-service";
const STOCKED = `${REPOSITORY}-stocked`;
const NEWEST = parseTag("latest");
/** A scanner needs longer than the event of a push. */
const SCAN_MS = 60_000;
const WRITES = /^(Put|Update|Delete|BatchWrite|TransactWrite)/;

/** A gate of functions over the stand-in for ECR and the vendor's own DynamoDB Local, every call of both counted. */
export async function withMonth<T>(work: (month: Month) => Promise<T>): Promise<T> {
  const told: AwsEvent[] = [];
  const aws = await serveAws({ sink: (event) => void told.push(event) });
  aws.controls.scanForMs = SCAN_MS;
  // One identity for the table and the registry, as a function has.
  beCaller(aws, (name, value) => {
    process.env[name] = value;
  });
  const local = await startDynamoLocal();
  const proxy = await startProxy(local.endpoint);
  // Past the counting, and for DynamoDB Local the same caller, to whom alone a table belongs.
  const aside = await startProxy(local.endpoint);
  const receiver = await startReceiver();
  const folder = mkdtempSync(join(tmpdir(), "m"));
  try {
    return await withTable({ ...local, endpoint: aside.endpoint }, async (_, table) => {
      const { host, account, region } = aws.registry();
      const settings = {
        apiVersion: "moorgate.dev/v1",
        kind: "Settings",
        registries: [
          {
            host,
            provider: "ecr",
            mode: "enforce",
            takeOver: "at-once",
            plainHttp: true,
            aws: { account, region, endpoint: aws.endpoint },
          },
        ],
        sinks: [{ name: "soc", kind: "webhook", url: receiver.url, secret: "env:SINK_SECRET", plainHttp: true }],
      };
      writeFileSync(join(folder, "moorgate.yaml"), JSON.stringify(settings));
      writeFileSync(join(folder, "policy.yaml"), POLICY);
      const environment = {
        MOORGATE_STORE: placeOf(proxy.endpoint, table),
        MOORGATE_POLICY: join(folder, "policy.yaml"),
        MOORGATE_SETTINGS: join(folder, "moorgate.yaml"),
        MOORGATE_TRUST_ROOTS: join(folder, "roots"),
        MOORGATE_LOG: "error",
        MOORGATE_JOURNAL_KEY: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        SINK_SECRET: receiver.secret,
      };
      const wired = await wire(environment, systemClock);
      const forwarding = await wireForward(environment, systemClock);
      const served = servedEcr(aws);
      // For what the stream would have handed over.
      const client = openClient({ region: REGION, endpoint: aside.endpoint });
      const beside = async <T>(read: (store: Store) => Promise<T>): Promise<T> => {
        const store = openDynamoStore({ place: placeOf(aside.endpoint, table), signHead });
        try {
          return await read(store);
        } finally {
          await store.close();
        }
      };
      let asked = 0;
      let counted: readonly Call[] = [];
      let built = 0;
      let newest: Pushed | undefined;
      const result = await work({
        async stock(count) {
          aws.registry().create(STOCKED, { scanOnPush: true });
          await beside(({ ledger }) => keepStock(ledger, host, count));
        },
        async build() {
          built += 1;
          newest = await pushBuilt(served, STOCKED, 10_000 + built);
        },
        async move() {
          if (newest !== undefined) await tagAs(served, STOCKED, newest, NEWEST);
        },
        async push(count) {
          for (let each = 0; each < count; each++) {
            const repository = `${REPOSITORY}-${each % REPOSITORIES}`;
            if (each < REPOSITORIES) aws.registry().create(repository, { scanOnPush: true });
            await pushBuilt(served, repository, each);
          }
        },
        scan: () => aws.forward(SCAN_MS),
        events: (kind) => {
          const [wanted, rest] = [
            told.filter((event) => event["detail-type"] === kind),
            told.filter((event) => event["detail-type"] !== kind),
          ];
          told.splice(0, told.length, ...rest);
          return wanted;
        },
        async work(events) {
          let calls = 0;
          for (let from = 0; from < events.length; from += 10, calls++) {
            const records = events.slice(from, from + 10).map((event) => sqsRecord(JSON.stringify(event)));
            const { batchItemFailures } = await onRegistryEvent(wired, batch(...records), turn());
            if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} of ${records.length} messages were not done`);
          }
          return calls;
        },
        async forward() {
          const waiting = await client.send(new ScanCommand({ TableName: table, FilterExpression: "attribute_exists(o)" }));
          const records = (waiting.Items ?? []).map(streamRecord);
          for (let from = 0; from < records.length; from += ASSUMED.told)
            await forwardAudit(forwarding, { Records: records.slice(from, from + ASSUMED.told) }, turn());
        },
        schedule: (task) => onSchedule(wired, { task }, turn()),
        count() {
          const calls = proxy.take();
          counted = calls;
          const registryCalls = aws.calls.length - asked;
          asked = aws.calls.length;
          const units = (isWrite: boolean): number =>
            calls.filter(({ operation }) => WRITES.test(operation) === isWrite).reduce((sum, { capacity }) => sum + capacity, 0);
          return { writeUnits: units(true), readUnits: units(false), tableCalls: calls.length, registryCalls };
        },
        written: () => writtenBy(counted),
        told: () => receiver.batches.reduce((sum, { events }) => sum + events.length, 0),
        commits: () =>
          beside(async ({ ledger }) => {
            const { items, next } = await ledger.images({ limit: MOST_LISTED });
            if (next !== undefined) throw new Error(`there are more than ${MOST_LISTED} images`);
            return items.reduce((sum, { version }) => sum + version, 0);
          }),
      });
      client.destroy();
      await wired.store.close();
      return result;
    });
  } finally {
    await aws.close();
    await receiver.stop();
    await proxy.stop();
    await aside.stop();
    await local.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function writtenBy(calls: readonly Call[]): Readonly<Record<string, number>> {
  const units: Record<string, number> = {};
  const add = (kind: string, sum: number): void => {
    if (sum > 0) units[kind] = (units[kind] ?? 0) + sum;
  };
  for (const { operation, kind, capacity, indexes } of calls) {
    if (!WRITES.test(operation)) continue;
    add(kind, capacity - indexes);
    add("change", indexes);
  }
  return units;
}

const STOCKED_AT_ONCE = 25;
/** More than are remembered of a tag. */
const NEWEST_BEFORE = 50;

/** As pushes leave a repository: each image has its own tag, and the last ones were the newest in turn. */
async function keepStock(ledger: Ledger, host: string, count: number): Promise<void> {
  const keep = async (image: ImageRecord): Promise<void> => {
    await ledger.commit({ image, intents: [], outcomes: [], journal: [] });
  };
  const images = Array.from({ length: count }, (_, number) =>
    recordOf(keyOf(`stock ${number}`, STOCKED, host), { tags: [parseTag(`v0.9.${number}`)] }),
  );
  for (let from = 0; from < count; from += STOCKED_AT_ONCE) await Promise.all(images.slice(from, from + STOCKED_AT_ONCE).map(keep));
  for (const image of images.slice(-NEWEST_BEFORE)) {
    await keep({ ...image, version: 2, tags: [...image.tags, NEWEST] });
    if (image !== images.at(-1)) await keep({ ...image, version: 3 });
  }
}

/** As a build of a service is: nine layers, of which each image has some of its own, and the commit that it was built of. */
async function pushBuilt(served: ServedRegistry, repository: string, number: number): Promise<Pushed> {
  const of = (text: string): string => digestOf(`${text} of ${number}`);
  const config = await pushBlob(
    served,
    repository,
    JSON.stringify({
      os: "linux",
      architecture: "amd64",
      created: "2026-11-20T08:00:00Z",
      config: {
        User: "node",
        Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "NODE_ENV=production", "PORT=8080"],
        ExposedPorts: { "8080/tcp": {} },
        Labels: { "org.opencontainers.image.revision": of("commit").slice(7, 47), team: "payments" },
        Entrypoint: ["docker-entrypoint.sh"],
        Cmd: ["node", "server.js"],
        WorkingDir: "/app",
      },
      history: ["RUN npm ci --omit=dev", "COPY . .", 'CMD ["node" "server.js"]'].map((created_by) => ({ created_by })),
      rootfs: { type: "layers", diff_ids: Array.from({ length: 9 }, (_, layer) => of(`layer ${layer}`)) },
    }),
    CONFIG,
  );
  const layer = await pushBlob(served, repository, `layer of ${number}`);
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] };
  return pushManifest(served, repository, manifest, `v1.0.${number}`);
}

function streamRecord(item: Readonly<Record<string, AttributeValue>>, place: number): DynamoDBRecord {
  const [Keys, o] = [{ pk: { S: item["pk"]?.S ?? "" }, sk: { S: item["sk"]?.S ?? "" } }, { N: item["o"]?.N ?? "" }];
  return {
    eventID: `record ${place}`,
    eventName: "MODIFY",
    dynamodb: { Keys, NewImage: { ...Keys, o }, SequenceNumber: String(place + 1) },
  };
}

import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleFunction } from "../../infra/aws/bundle.ts";
import { createTable } from "../../shared/stores/dynamodb/create-table.ts";
import { openClient } from "../../shared/stores/dynamodb/open.ts";
import { type FakeAws, serveAws } from "../fakes/aws/aws.ts";
import { type DynamoLocal, placeOf, startDynamoLocal } from "../interop/dynamodb-local.ts";
import { type Proxy, startProxy } from "../interop/dynamodb-proxy.ts";
import { type Bus, type BusPlan, openBus } from "./bus.ts";
import { cpuSecondsOf } from "./cpu-seconds.ts";
import type { Weather } from "./faults.ts";
import { type FunctionName, type Functions, type RunningFunction, runFunction } from "./functions.ts";
import { POLICY, prepareRepositories, scanned } from "./images.ts";
import { type Moto, type Queue, REGION, startMoto } from "./moto.ts";
import { openPoison, type Poison } from "./poison.ts";
import { pollQueue, type QueueSource } from "./queue-source.ts";
import { type Siem, serveSiem } from "./siem.ts";
import { pollStream, type TableStream } from "./stream-source.ts";
import { deployedRole, deployedSources } from "./template.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const ROLE = { arn: `arn:aws:iam::123456789012:role/${deployedRole("OnRegistryEventRole")}`, externalId: "moorgate-test" };
/** Shorter than what is deployed, so that what a killed function left behind comes again within a test; but for the time of a sweep. */
const EVENT_MS = 15_000;
const VISIBILITY_S = 20;
const TASK_MS = 900_000;
const FORWARD_MS = 20_000;

/** What a registry does that is slow to tell of its own changes: what it lists is what it was, and what is restored is there later. */
const SLOW_REGISTRY = { describeLag: 1, restoreForMs: 3_000 } as const;

export interface WorldPlan {
  readonly repositories: number;
  /** Containers of on-registry-event that may run at once. */
  readonly atOnce: number;
  readonly weather: Weather;
  readonly isCalm: boolean;
  readonly bus: BusPlan;
  /** Of a hundred batches of the stream, those that come twice. */
  readonly doubled: number;
}

/** The gate as it is deployed, between stand-ins for all that is AWS; everything on loopback. */
export interface AwsWorld {
  readonly aws: FakeAws;
  readonly moto: Moto;
  readonly queue: Queue;
  readonly table: Proxy;
  readonly siem: Siem;
  readonly bus: Bus;
  readonly functions: Functions;
  readonly events: QueueSource;
  readonly stream: TableStream;
  readonly poison: Poison;
  /** Images that were ever archived. */
  readonly cut: ReadonlySet<string>;
  /** Processor time that each part took so far, in seconds. */
  cpuSeconds(): Readonly<Record<string, number>>;
  /** The table, past the proxy. */
  readonly place: string;
  /** The keys of the journal. */
  readonly publicKey: string;
  readonly journalKey: string;
  stop(): Promise<void>;
}

export async function openWorld({ repositories, atOnce, weather, isCalm, bus: busPlan, doubled }: WorldPlan): Promise<AwsWorld> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.toReversed()) await end();
  };
  try {
    const folder = mkdtempSync(join(tmpdir(), "moorgate-aws-"));
    ends.push(async () => rmSync(folder, { recursive: true, force: true }));
    const [moto, local, siem] = await Promise.all([startMoto(), startDynamoLocal(), serveSiem(weather.siem)]);
    ends.push(moto.stop, local.stop, siem.stop);
    const sources = deployedSources();
    const queue = await moto.queue("moorgate-test-events", VISIBILITY_S, sources.queue.mostReceives);
    const bus = await openBus(moto, queue, busPlan);
    ends.push(bus.stop);
    const cut = new Set<string>();
    const aws = await serveAws({
      roles: [ROLE],
      sink(event) {
        if (event.detail["target-storage-class"] === "ARCHIVE") cut.add(String(event.detail["image-digest"]));
        bus.take(event);
      },
    });
    ends.push(aws.close);
    await prepare(aws, repositories, weather);
    if (!isCalm) Object.assign(aws.controls, SLOW_REGISTRY);
    const { table, place, proxy } = await makeTable(local, weather);
    ends.push(proxy.stop);
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const journalKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const environment = {
      ...writeFiles(folder, aws, siem),
      MOORGATE_EVENTS_QUEUE: queue.url,
      MOORGATE_JOURNAL_KEY: journalKey,
      SIEM_SECRET: siem.secret,
    };
    // The proxy knows by the path who calls.
    const storeOf = (name: FunctionName, container: number) => ({
      MOORGATE_STORE: placeOf(`${proxy.endpoint}/${name}.${container}/`, table),
    });
    const functions = await startFunctions(folder, (name, container) => ({ ...environment, ...storeOf(name, container) }), atOnce);
    ends.push(async () => void (await Promise.all(Object.values(functions).map((each) => each.stop()))));
    weather.begin(functions);
    // As the rule for images that are new says: a registry without any is in the gate's charge at once.
    await functions["on-schedule"].invoke({ task: "standings" });
    const events = pollQueue(moto, queue, functions["on-registry-event"], { ...sources.queue, pollers: atOnce });
    ends.push(events.stop);
    const client = openClient({ region: REGION, endpoint: local.endpoint });
    ends.push(async () => client.destroy());
    const poison = openPoison(moto, queue, { client, name: table });
    const stream = pollStream(local.endpoint, table, functions["forward-audit"], {
      source: sources.stream,
      seed: busPlan.seed,
      doubled,
      pass: poison.pass,
      giveUp: poison.giveUp,
    });
    ends.push(stream.stop);
    const cpuSeconds = () => ({
      harness: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
      moto: cpuSecondsOf(moto.pid),
      table: cpuSecondsOf(local.pid),
      ...Object.fromEntries(Object.entries(functions).map(([name, each]) => [name, each.cpuSeconds()])),
    });
    const key = publicKey.export({ type: "spki", format: "pem" }).toString();
    return {
      aws,
      moto,
      queue,
      table: proxy,
      siem,
      bus,
      functions,
      events,
      stream,
      poison,
      cut,
      cpuSeconds,
      place,
      publicKey: key,
      journalKey,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function prepare(aws: FakeAws, repositories: number, weather: Weather): Promise<void> {
  const registry = aws.registry();
  registry.scanEverything();
  aws.controls.scanner = scanned;
  await prepareRepositories(registry, repositories);
  aws.decide = weather.aws;
}

async function makeTable(local: DynamoLocal, weather: Weather) {
  const proxy = await startProxy(local.endpoint, weather.table);
  const table = local.nextTable();
  const place = placeOf(local.endpoint, table);
  await createTable(place);
  return { table, place, proxy };
}

/** What a deployment has in its package, and the environment that tells where. */
function writeFiles(folder: string, aws: FakeAws, siem: Siem): Readonly<Record<string, string>> {
  const { host, account } = aws.registry();
  const [policy, settings] = [join(folder, "policy.yaml"), join(folder, "moorgate.yaml")];
  writeFileSync(policy, POLICY);
  writeFileSync(
    settings,
    JSON.stringify({
      apiVersion: "moorgate.dev/v1",
      kind: "Settings",
      registries: [
        {
          host,
          provider: "ecr",
          mode: "enforce",
          plainHttp: true,
          aws: { account, region: REGION, endpoint: aws.endpoint, role: ROLE.arn, externalId: ROLE.externalId },
        },
      ],
      sinks: [{ name: "siem", kind: "webhook", url: siem.url, secret: "env:SIEM_SECRET", plainHttp: true }],
    }),
  );
  const { accessKeyId, secretAccessKey } = aws.credentials();
  mkdirSync(join(folder, "trust-roots"));
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    MOORGATE_POLICY: policy,
    MOORGATE_SETTINGS: settings,
    MOORGATE_TRUST_ROOTS: join(folder, "trust-roots"),
    MOORGATE_LOG: "warn",
  };
}

/** Bundled as they are deployed. */
async function startFunctions(
  folder: string,
  environment: (name: FunctionName, container: number) => Readonly<Record<string, string>>,
  atOnce: number,
): Promise<Functions> {
  const places = { code: join(folder, "functions"), maps: join(folder, "maps") };
  const run = async (name: FunctionName, forMs: number, containers: number): Promise<RunningFunction> => {
    await bundleFunction(name, ROOT, places);
    return runFunction({ folder: join(places.code, name), environment: (number) => environment(name, number), forMs, atOnce: containers });
  };
  return {
    "on-registry-event": await run("on-registry-event", EVENT_MS, atOnce),
    // One for each task that runs beside another.
    "on-schedule": await run("on-schedule", TASK_MS, 2),
    "forward-audit": await run("forward-audit", FORWARD_MS, 1),
  };
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import { createTable } from "../../shared/stores/dynamodb/create-table.ts";
import { openClient, openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { FEW_REVOCATIONS, signHead, type WithStore } from "../contract/store.ts";
import { findProgram } from "../running/programs.ts";

export const REGION = "eu-central-1";

export interface DynamoLocal {
  readonly endpoint: string;
  readonly pid: number | undefined;
  /** Tables that were made so far. */
  nextTable(): string;
  stop(): Promise<void>;
}

/** Another program may take the free port before this one does. */
const STARTS = 3;

/** The vendor's own DynamoDB Local, in memory, on a free port. It takes any credentials; the SDK looks for some. */
export async function startDynamoLocal(): Promise<DynamoLocal> {
  process.env["AWS_ACCESS_KEY_ID"] ??= "local";
  process.env["AWS_SECRET_ACCESS_KEY"] ??= "local";
  const { child, endpoint } = await started(STARTS);
  let tables = 0;
  return {
    endpoint,
    pid: child.pid,
    nextTable: () => `gate-${process.pid}-${++tables}`,
    async stop() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

async function started(tries: number): Promise<{ readonly child: ChildProcess; readonly endpoint: string }> {
  const port = await freePort();
  const args = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", String(port)];
  const child = spawn(findProgram("dynamodb-local"), args, {
    stdio: ["ignore", "pipe", "pipe"],
    // On two cores the collector that works beside the program is in its way.
    env: { ...process.env, JAVA_TOOL_OPTIONS: "-XX:+UseSerialGC -Xms256m -Xmx3g" },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => void (printed = (printed + chunk).slice(-KEPT)));
  const endpoint = `http://127.0.0.1:${port}`;
  const why = await untilItAnswers(child, endpoint);
  if (why === undefined) return { child, endpoint };
  child.kill("SIGKILL");
  if (tries > 1 && child.exitCode !== null) return started(tries - 1);
  throw new Error(`DynamoDB Local ${why}; what it printed last:\n${printed}`);
}

const KEPT = 4_096;

/** @returns why it does not */
async function untilItAnswers(child: ChildProcess, endpoint: string): Promise<string | undefined> {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null || child.signalCode !== null) return "ended before it answered";
    const answer = await fetch(endpoint).catch(() => undefined);
    if (answer !== undefined) return undefined;
    await wait(200);
  }
  return "did not answer within two minutes";
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export function placeOf(endpoint: string, table: string): string {
  return `dynamodb://${REGION}/${table}?endpoint=${encodeURIComponent(endpoint)}`;
}

/** A table for one test. */
export async function withTable<T>(local: DynamoLocal, test: (place: string, table: string) => Promise<T>): Promise<T> {
  const table = local.nextTable();
  const place = placeOf(local.endpoint, table);
  await createTable(place);
  try {
    return await test(place, table);
  } finally {
    const client = openClient({ region: REGION, endpoint: local.endpoint });
    await client.send(new DeleteTableCommand({ TableName: table }));
    client.destroy();
  }
}

export function inTable(local: () => DynamoLocal): WithStore {
  return (test) =>
    withTable(local(), async (place) => {
      const store = openDynamoStore({ place, signHead, revocations: FEW_REVOCATIONS });
      try {
        await test(store);
      } finally {
        await store.close();
      }
    });
}

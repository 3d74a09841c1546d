import { setTimeout as wait } from "node:timers/promises";
import type { DynamoDBRecord } from "aws-lambda";
import { seededFor } from "./chance.ts";
import type { RunningFunction } from "./functions.ts";
import { REGION } from "./moto.ts";
import { type BatchPlan, handBatch } from "./stream-batch.ts";
import type { StreamSource } from "./template.ts";

export interface TableStream {
  readonly counts: StreamCounts;
  /** Whether all that the stream has was handed over. */
  isDrained(): boolean;
  stop(): Promise<void>;
}

export interface StreamCounts {
  records: number;
  matching: number;
  batches: number;
  /** Batches that were handed over once more, although they were done with. */
  doubled: number;
  /** Batches that were given up. */
  givenUp: number;
}

export interface StreamPlan extends Pick<BatchPlan, "pass" | "giveUp"> {
  readonly source: StreamSource;
  readonly seed: number;
  /** Of a hundred batches, those that come once more: at once, or after others. */
  readonly doubled: number;
}

const POLL_MS = 500;
const SHARDS_MS = 20_000;
/** A batch that comes again late comes after so many others. */
const LATE_BATCHES = 5;

type Filter = StreamSource["filterPatterns"][number]["dynamodb"]["NewImage"];

/**
 * Hands the records of a table's stream to a function, as the service does it: in the order of a shard, filtered, in batches that are waited for to be
 * full; some of them twice.
 */
export function pollStream(endpoint: string, table: string, target: RunningFunction, plan: StreamPlan): TableStream {
  const { source } = plan;
  const counts: StreamCounts = { records: 0, matching: 0, batches: 0, doubled: 0, givenUp: 0 };
  const state = { isOver: false };
  const drained = new Map<string, boolean>();
  const filters = source.filterPatterns.map(({ dynamodb }) => dynamodb.NewImage);
  const ask = <Answer>(operation: string, input: object): Promise<Answer> => askStreams<Answer>(endpoint, operation, input);
  const isWanted = (record: DynamoDBRecord): boolean => filters.some((filter) => matches(record, filter));

  /** @param order of the shard: its name is another each time */
  async function follow(StreamArn: string, ShardId: string, order: number): Promise<void> {
    const asked = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" };
    let iterator: string | undefined = (await ask<{ ShardIterator: string }>("GetShardIterator", asked)).ShardIterator;
    const hand = handing(order);
    let waiting: DynamoDBRecord[] = [];
    let since = performance.now();
    while (iterator !== undefined && !state.isOver) {
      const page: Page = await ask("GetRecords", { ShardIterator: iterator, Limit: 1_000 });
      drained.set(ShardId, page.Records.length + waiting.length === 0);
      const wanted = page.Records.map((record) => ({ ...record, eventSourceARN: StreamArn })).filter(isWanted);
      counts.records += page.Records.length;
      counts.matching += wanted.length;
      if (waiting.length === 0) since = performance.now();
      waiting = [...waiting, ...wanted];
      while (waiting.length >= source.batchSize) await hand(waiting.splice(0, source.batchSize));
      if (waiting.length > 0 && performance.now() - since > source.batchWindow * 1_000) await hand(waiting.splice(0));
      if (page.Records.length < 1_000) await wait(POLL_MS);
      iterator = page.NextShardIterator;
    }
    await hand(waiting);
    drained.set(ShardId, true);
  }

  function handing(order: number): (batch: readonly DynamoDBRecord[]) => Promise<void> {
    const random = seededFor(plan.seed, `stream ${order}`);
    let late: { readonly batch: readonly DynamoDBRecord[]; readonly after: number }[] = [];
    const handOne = (batch: readonly DynamoDBRecord[]): Promise<void> =>
      handBatch(target, batch, {
        mostRetries: source.maximumRetryAttempts,
        isOver: () => state.isOver,
        pass: plan.pass,
        async giveUp(records) {
          counts.givenUp += 1;
          await plan.giveUp(records);
        },
      });
    return async (batch) => {
      if (batch.length === 0) return;
      counts.batches += 1;
      // A short story has few batches, and chance alone may spare them all: the first one is not left to it.
      const isFirst = plan.doubled > 0 && counts.batches === 1;
      await handOne(batch);
      const again = isFirst || random() * 100 < plan.doubled;
      const isLate = !isFirst && random() < 0.5;
      if (again && isLate) late.push({ batch, after: counts.batches + LATE_BATCHES });
      const due = late.filter(({ after }) => after <= counts.batches);
      late = late.filter(({ after }) => after > counts.batches);
      for (const old of [...due, ...(again && !isLate ? [{ batch }] : [])]) {
        counts.doubled += 1;
        await handOne(old.batch);
      }
    };
  }

  async function all(): Promise<void> {
    const followed = new Map<string, Promise<void>>();
    const StreamArn = await streamOf(endpoint, table);
    while (!state.isOver) {
      const { StreamDescription } = await ask<Described>("DescribeStream", { StreamArn });
      for (const { ShardId } of StreamDescription.Shards)
        if (!followed.has(ShardId)) followed.set(ShardId, follow(StreamArn, ShardId, followed.size));
      for (let waited = 0; waited < SHARDS_MS && !state.isOver; waited += POLL_MS) await wait(POLL_MS);
    }
    await Promise.all(followed.values());
  }

  const running = all();
  return {
    counts,
    isDrained: () => [...drained.values()].every((isEmpty) => isEmpty),
    async stop() {
      state.isOver = true;
      await running;
    },
  };
}

interface Page {
  readonly Records: readonly DynamoDBRecord[];
  readonly NextShardIterator?: string;
}

interface Described {
  readonly StreamDescription: { readonly Shards: readonly { readonly ShardId: string }[] };
}

/** Texts alone are compared: that is all that the filters of the template have. */
function matches({ dynamodb }: DynamoDBRecord, filter: Filter): boolean {
  const image = dynamodb?.NewImage as Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  return Object.entries(filter).every(([attribute, types]) =>
    Object.entries(types).every(([type, values]) => values.some((value) => image?.[attribute]?.[type] === value)),
  );
}

async function streamOf(endpoint: string, TableName: string): Promise<string> {
  const { Table } = await ask<{ Table: { LatestStreamArn: string } }>(endpoint, "DynamoDB_20120810.DescribeTable", { TableName });
  return Table.LatestStreamArn;
}

function askStreams<Answer>(endpoint: string, operation: string, input: object): Promise<Answer> {
  return ask(endpoint, `DynamoDBStreams_20120810.${operation}`, input);
}

async function ask<Answer>(endpoint: string, target: string, input: object): Promise<Answer> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": target,
      "x-amz-date": "20260101T000000Z",
    },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target}: ${response.status} ${text.slice(0, 500)}`);
  return JSON.parse(text) as Answer;
}

import { setTimeout as wait } from "node:timers/promises";
import type { DynamoDBBatchResponse, DynamoDBRecord } from "aws-lambda";
import type { RunningFunction } from "./functions.ts";
import { REGION } from "./moto.ts";
import type { StreamSource } from "./template.ts";

export interface TableStream {
  readonly counts: { records: number; matching: number; givenUp: number };
  /** Whether all that the stream has was handed over. */
  isDrained(): boolean;
  stop(): Promise<void>;
}

const POLL_MS = 200;
const AGAIN_MS = 250;

type Filter = StreamSource["filterPatterns"][number]["dynamodb"]["NewImage"];

/**
 * Hands the records of a table's stream to a function, as the service does it: in the order of a shard, filtered, in batches; a batch that failed
 * comes again from the record that is named, and is given up after so many tries.
 */
export function pollStream(endpoint: string, table: string, target: RunningFunction, source: StreamSource): TableStream {
  const counts = { records: 0, matching: 0, givenUp: 0 };
  const state = { isOver: false, isDrained: false };
  const filters = source.filterPatterns.map(({ dynamodb }) => dynamodb.NewImage);
  const ask = <Answer>(operation: string, input: object): Promise<Answer> => askStreams<Answer>(endpoint, operation, input);
  const isWanted = (record: DynamoDBRecord): boolean => filters.some((filter) => matches(record, filter));

  async function follow(StreamArn: string, ShardId: string): Promise<void> {
    const asked = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" };
    let iterator: string | undefined = (await ask<{ ShardIterator: string }>("GetShardIterator", asked)).ShardIterator;
    while (iterator !== undefined && !state.isOver) {
      const page: Page = await ask("GetRecords", { ShardIterator: iterator, Limit: 1_000 });
      state.isDrained = page.Records.length === 0;
      counts.records += page.Records.length;
      const wanted = page.Records.map((record) => ({ ...record, eventSourceARN: StreamArn })).filter(isWanted);
      counts.matching += wanted.length;
      await handAll(wanted);
      if (page.Records.length === 0) await wait(POLL_MS);
      iterator = page.NextShardIterator;
    }
  }

  async function handAll(records: readonly DynamoDBRecord[]): Promise<void> {
    let [rest, tries] = [records, 0];
    while (rest.length > 0 && !state.isOver) {
      const batch = rest.slice(0, source.batchSize);
      const failedAt = await handOver(target, batch);
      if (failedAt !== 0) tries = 0;
      if (failedAt !== undefined && ++tries > source.maximumRetryAttempts) {
        counts.givenUp += batch.length;
        rest = rest.slice(batch.length);
        tries = 0;
        continue;
      }
      rest = rest.slice(failedAt ?? batch.length);
      if (failedAt !== undefined) await wait(AGAIN_MS);
    }
  }

  async function all(): Promise<void> {
    const followed = new Map<string, Promise<void>>();
    const StreamArn = await streamOf(endpoint, table);
    while (!state.isOver) {
      const { StreamDescription } = await ask<Described>("DescribeStream", { StreamArn });
      for (const { ShardId } of StreamDescription.Shards) if (!followed.has(ShardId)) followed.set(ShardId, follow(StreamArn, ShardId));
      await Promise.race([wait(5_000), ...followed.values()]);
      await wait(POLL_MS);
    }
    await Promise.all(followed.values());
  }

  const running = all();
  return {
    counts,
    isDrained: () => state.isDrained,
    async stop() {
      state.isOver = true;
      await running;
    },
  };
}

/** @returns place of the first record that comes again; `undefined`: none */
async function handOver(target: RunningFunction, batch: readonly DynamoDBRecord[]): Promise<number | undefined> {
  try {
    const { batchItemFailures } = (await target.invoke({ Records: batch })) as DynamoDBBatchResponse;
    const places = batchItemFailures.map(({ itemIdentifier }) =>
      batch.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === itemIdentifier),
    );
    // A record that is not in the batch has the whole batch come again.
    return places.length === 0 ? undefined : Math.max(0, Math.min(...places));
  } catch {
    return 0;
  }
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

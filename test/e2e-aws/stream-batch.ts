import { setTimeout as wait } from "node:timers/promises";
import type { DynamoDBBatchResponse, DynamoDBRecord } from "aws-lambda";
import type { RunningFunction } from "./functions.ts";

export interface BatchPlan {
  readonly mostRetries: number;
  readonly isOver: () => boolean;
  /** To be told of the records that the function is done with. */
  readonly pass: (records: readonly DynamoDBRecord[]) => void;
  /** Takes what is given up. */
  readonly giveUp: (records: readonly DynamoDBRecord[]) => Promise<void>;
}

const AGAIN_MS = 250;

/**
 * One batch to its end, with `ReportBatchItemFailures` and `BisectBatchOnFunctionError`: from the record that is named it comes again; where the function failed it
 * comes again in two halves; and it is given up after so many tries.
 */
export async function handBatch(target: RunningFunction, records: readonly DynamoDBRecord[], plan: BatchPlan): Promise<void> {
  let batch = records;
  for (let tries = 0; batch.length > 0 && !plan.isOver(); await wait(AGAIN_MS)) {
    const outcome = await handOver(target, batch);
    if (outcome === "done") return plan.pass(batch);
    if (outcome === "failed" && batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      await handBatch(target, batch.slice(0, middle), plan);
      return handBatch(target, batch.slice(middle), plan);
    }
    const from = outcome === "failed" ? 0 : outcome;
    tries = from === 0 ? tries + 1 : 0;
    if (tries > plan.mostRetries) return plan.giveUp(batch);
    plan.pass(batch.slice(0, from));
    batch = batch.slice(from);
  }
}

/** @returns place of the first record that comes again */
async function handOver(target: RunningFunction, batch: readonly DynamoDBRecord[]): Promise<"done" | "failed" | number> {
  try {
    const { batchItemFailures } = (await target.invoke({ Records: batch })) as DynamoDBBatchResponse;
    const places = batchItemFailures.map(({ itemIdentifier }) =>
      batch.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === itemIdentifier),
    );
    // A record that is not in the batch has the whole batch come again.
    return places.length === 0 ? "done" : Math.max(0, Math.min(...places));
  } catch {
    return "failed";
  }
}

import type { AwsWorld } from "./world.ts";

/** Calls that were made, each push. */
export interface Counted {
  readonly ecr: Readonly<Record<string, number>>;
  readonly oci: Readonly<Record<string, number>>;
  readonly inspector2: Readonly<Record<string, number>>;
  readonly sts: Readonly<Record<string, number>>;
  readonly sqs: { readonly messages: number; readonly requests: number };
  readonly dynamodb: Readonly<Record<string, number>>;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly invocations: Readonly<Record<string, number>>;
}

const WRITES = /^(Put|Update|Delete|BatchWrite|TransactWrite)/;

/** Counts from here on; what goes wrong makes more calls than a push needs. */
export function countCalls({ aws, table, events, functions }: AwsWorld): { end(pushes: number): Counted } {
  const calls: Record<string, number> = {};
  const units = { write: 0, read: 0 };
  const first = aws.calls.length;
  const drain = (): void => {
    for (const { operation, capacity } of table.take()) {
      calls[operation] = (calls[operation] ?? 0) + 1;
      units[WRITES.test(operation) ? "write" : "read"] += capacity;
    }
  };
  table.take();
  const draining = setInterval(drain, 5_000);
  return {
    end(pushes) {
      clearInterval(draining);
      drain();
      const each = (number: number): number => Math.round((number / pushes) * 1_000) / 1_000;
      const all = aws.calls.slice(first);
      const of = (service: string): Readonly<Record<string, number>> => {
        const operations = Map.groupBy(
          all.filter((call) => call.service === service),
          ({ operation }) => operation,
        );
        return Object.fromEntries([...operations].map(([operation, made]) => [operation, each(made.length)]));
      };
      const { receive, delete: deleted, messages } = events.requests;
      return {
        ecr: of("ecr"),
        oci: of("oci"),
        inspector2: of("inspector2"),
        sts: of("sts"),
        sqs: { messages: each(messages), requests: each(receive + deleted) },
        dynamodb: Object.fromEntries(Object.entries(calls).map(([operation, made]) => [operation, each(made)])),
        writeUnits: each(units.write),
        readUnits: each(units.read),
        invocations: Object.fromEntries(Object.entries(functions).map(([name, { counts }]) => [name, each(counts.calls)])),
      };
    },
  };
}

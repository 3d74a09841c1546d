import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";
import { at } from "../unit/aws/template.ts";
import { partOfHub } from "../unit/aws/written.ts";
import { REGION } from "./moto.ts";

const ROOT = new URL("../..", import.meta.url);

function readTemplate(path: string): unknown {
  // Functions of CloudFormation are told by tags that nobody knows here: what stands behind them is not asked for.
  return parse(filledIn(readFileSync(new URL(path, ROOT), "utf8")), { logLevel: "silent", merge: true });
}

function filledIn(text: string): string {
  return text
    .replaceAll(/\$\{param:\w+, '([^']*)'\}/g, "$1")
    .replaceAll("${sls:stage}", "test")
    .replaceAll("${AWS::Region}", REGION);
}

const RULES = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Condition: z.string().optional(),
      Properties: z.looseObject({ Name: z.string().optional(), EventPattern: z.record(z.string(), z.unknown()).optional() }),
    }),
  ),
});

export interface Rule {
  readonly name: string;
  readonly pattern: Readonly<Record<string, unknown>>;
}

/** What `Ref` says of a role is its name, and of a parameter its default: here all are lists of words. */
function referredTo(name: string): unknown {
  const role = at(partOfHub("roles").Resources[name]?.Properties, "RoleName", "Fn::Sub");
  return role ?? filledIn(String(at(partOfHub("parameters").Parameters[name], "Default"))).split(",");
}

/** The name of the role of a function that calls registries, as rules know it. */
export function deployedRole(name: string): string {
  return filledIn(String(referredTo(name)));
}

/** The rules of the account's own bus, as they are deployed. */
export function deployedRules(): readonly Rule[] {
  const written = JSON.stringify(partOfHub("rules"), (_, value: unknown) => {
    const name = at(value, "Ref");
    return typeof name === "string" ? referredTo(name) : value;
  });
  const { Resources } = RULES.parse(JSON.parse(filledIn(written)));
  return Object.values(Resources).flatMap(({ Type, Condition, Properties: { Name, EventPattern } }) =>
    Type === "AWS::Events::Rule" && Condition === undefined && Name !== undefined && EventPattern !== undefined
      ? [{ name: Name, pattern: EventPattern }]
      : [],
  );
}

const STREAM = z.object({
  batchSize: z.int(),
  batchWindow: z.int(),
  maximumRetryAttempts: z.int(),
  filterPatterns: z.array(z.object({ dynamodb: z.object({ NewImage: z.record(z.string(), z.record(z.string(), z.array(z.string()))) }) })),
});
const SQS = z.object({ batchSize: z.int(), maximumBatchingWindow: z.int() });
const SERVERLESS = z.object({
  functions: z.looseObject({
    "on-registry-event": z.looseObject({ events: z.tuple([z.object({ sqs: SQS })]) }),
    "forward-audit": z.looseObject({ events: z.tuple([z.object({ stream: STREAM })]) }),
  }),
});
const QUEUES = z.object({
  Resources: z.looseObject({ Events: z.object({ Properties: z.looseObject({ RedrivePolicy: z.object({ maxReceiveCount: z.int() }) }) }) }),
});

export type StreamSource = z.output<typeof STREAM>;

/** How the functions are woken, as it is deployed. */
export function deployedSources(): {
  readonly stream: StreamSource;
  readonly queue: { readonly batchSize: number; readonly windowSeconds: number; readonly mostReceives: number };
} {
  const { functions } = SERVERLESS.parse(readTemplate("serverless.yml"));
  const { Resources } = QUEUES.parse(readTemplate("infra/aws/resources/queues.yml"));
  const { batchSize, maximumBatchingWindow: windowSeconds } = functions["on-registry-event"].events[0].sqs;
  const { maxReceiveCount: mostReceives } = Resources.Events.Properties.RedrivePolicy;
  return { stream: functions["forward-audit"].events[0].stream, queue: { batchSize, windowSeconds, mostReceives } };
}

const ALARMS = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.looseObject({
        AlarmName: z.string().optional(),
        MetricName: z.string().optional(),
        Threshold: z.number().optional(),
        ComparisonOperator: z.string().optional(),
        AlarmActions: z.array(z.unknown()).optional(),
        Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })).optional(),
      }),
    }),
  ),
});

/** An alarm that somebody is told of when there are more messages in a queue than that. */
export interface QueueAlarm {
  readonly name: string;
  /** The queue's name in the template. */
  readonly queue: string;
  readonly moreThan: number;
}

export function deployedAlarms(): readonly QueueAlarm[] {
  const { Resources } = ALARMS.parse(readTemplate("infra/aws/resources/alarms.yml"));
  return Object.values(Resources).flatMap(({ Properties }) => {
    const { AlarmName: name, MetricName, Threshold: moreThan, ComparisonOperator, AlarmActions = [], Dimensions = [] } = Properties;
    const [, queue] = /^(\w+)\.QueueName$/.exec(String(Dimensions.find(({ Name }) => Name === "QueueName")?.Value)) ?? [];
    const isOfMessages = MetricName === "ApproximateNumberOfMessagesVisible" && ComparisonOperator === "GreaterThanThreshold";
    const isTold = isOfMessages && AlarmActions.length > 0;
    return isTold && name !== undefined && queue !== undefined && moreThan !== undefined ? [{ name, queue, moreThan }] : [];
  });
}

import { at, isObject, listOf, ofType, type Resource, type Template, target, within } from "./template.ts";

/** What has to be there, whatever else a template says: keys, dead letters, time to work, and that nothing durable goes with the stack. */
export function safeguardFaults(template: Template): readonly string[] {
  return [
    ...encryptionFaults(template),
    ...deadLetterFaults(template),
    ...visibilityFaults(template),
    ...keptFaults(template),
    ...functionFaults(template),
    ...watchedFaults(template),
  ];
}

/** Where the name of a key stands in each type that keeps or carries something. */
const KEY_OF: Readonly<Record<string, readonly string[]>> = {
  "AWS::SQS::Queue": ["KmsMasterKeyId"],
  "AWS::SNS::Topic": ["KmsMasterKeyId"],
  "AWS::Logs::LogGroup": ["KmsKeyId"],
  "AWS::DynamoDB::Table": ["SSESpecification", "KMSMasterKeyId"],
  "AWS::SecretsManager::Secret": ["KmsKeyId"],
  "AWS::Lambda::Function": ["KmsKeyArn"],
  "AWS::Events::EventBus": ["KmsKeyIdentifier"],
};

function encryptionFaults(template: Template): readonly string[] {
  const open = Object.entries(template.Resources).flatMap(([name, { Type, Properties }]) => {
    const path = KEY_OF[Type];
    const key = path === undefined ? undefined : target(at(Properties, ...path));
    return path === undefined || isKey(template, key) ? [] : [`${name}: under no key of ours`];
  });
  const buckets = ofType(template, "AWS::S3::Bucket").filter(([, { Properties }]) => at(Properties, "BucketEncryption") === undefined);
  const still = ofType(template, "AWS::KMS::Key").filter(([, { Properties }]) => Properties["EnableKeyRotation"] !== true);
  return [...open, ...buckets.map(([name]) => `${name}: not encrypted`), ...still.map(([name]) => `${name}: never renewed`)];
}

function isKey({ Resources }: Template, name: string | undefined): boolean {
  return name !== undefined && Resources[name]?.Type === "AWS::KMS::Key";
}

function deadLetterFaults(template: Template): readonly string[] {
  const isQueue = (value: unknown): boolean => template.Resources[target(value) ?? ""]?.Type === "AWS::SQS::Queue";
  const given = new Set(
    [...within(template.Resources)].flatMap(([path, value]) =>
      /(deadLetterTargetArn|DeadLetterConfig\/Arn|Destination)$/.test(path) ? [target(value)] : [],
    ),
  );
  const queues = ofType(template, "AWS::SQS::Queue")
    .filter(([name, { Properties }]) => !given.has(name) && !isQueue(at(Properties, "RedrivePolicy", "deadLetterTargetArn")))
    .map(([name]) => `${name}: what is tried in vain goes nowhere`);
  const poison = ofType(template, "AWS::SQS::Queue").flatMap(([name, { Properties }]) => {
    const most = at(Properties, "RedrivePolicy", "maxReceiveCount");
    return typeof most === "number" && most < 5 ? [`${name}: given up after ${most} tries`] : [];
  });
  const targets = ofType(template, "AWS::Events::Rule").flatMap(([name, { Properties }]) =>
    listOf(Properties["Targets"]).flatMap((each) => targetFaults(name, each, isQueue)),
  );
  const schedules = ofType(template, "AWS::Scheduler::Schedule").flatMap(([name, { Properties }]) =>
    targetFaults(name, Properties["Target"], isQueue),
  );
  const streams = ofType(template, "AWS::Lambda::EventSourceMapping").flatMap(([name, { Properties }]) =>
    sourceFaults(template, name, Properties, isQueue),
  );
  const buses = ofType(template, "AWS::Events::EventBus")
    .filter(([, { Properties }]) => !isQueue(at(Properties, "DeadLetterConfig", "Arn")))
    .map(([name]) => `${name}: what cannot be matched goes nowhere`);
  return [...queues, ...poison, ...targets, ...schedules, ...streams, ...buses];
}

function targetFaults(name: string, each: unknown, isQueue: (value: unknown) => boolean): readonly string[] {
  const retries = at(each, "RetryPolicy", "MaximumRetryAttempts");
  return [
    ...(isQueue(at(each, "DeadLetterConfig", "Arn")) ? [] : [`${name}: what cannot be handed over goes nowhere`]),
    ...(typeof retries === "number" && retries > 0 ? [] : [`${name}: does not say how often it tries`]),
  ];
}

function sourceFaults(
  template: Template,
  name: string,
  properties: Resource["Properties"],
  isQueue: (value: unknown) => boolean,
): readonly string[] {
  const partial = listOf(properties["FunctionResponseTypes"]).includes("ReportBatchItemFailures");
  const faults = partial ? [] : [`${name}: one bad record would fail the whole batch`];
  const isStream = template.Resources[target(properties["EventSourceArn"]) ?? ""]?.Type === "AWS::DynamoDB::Table";
  if (!isStream) return faults;
  const isBounded = Number(properties["MaximumRetryAttempts"]) > 0 && properties["BisectBatchOnFunctionError"] === true;
  return [
    ...faults,
    ...(isBounded ? [] : [`${name}: one bad record would stop the stream`]),
    ...(isQueue(at(properties, "DestinationConfig", "OnFailure", "Destination")) ? [] : [`${name}: records given up go nowhere`]),
  ];
}

/** AWS Lambda developer guide, "Using Lambda with Amazon SQS": six times the function's time. */
function visibilityFaults(template: Template): readonly string[] {
  return ofType(template, "AWS::Lambda::EventSourceMapping").flatMap(([name, { Properties }]) => {
    const queue = template.Resources[target(Properties["EventSourceArn"]) ?? ""];
    const timeout = Number(template.Resources[target(Properties["FunctionName"]) ?? ""]?.Properties["Timeout"]);
    if (queue?.Type !== "AWS::SQS::Queue") return [];
    return Number(queue.Properties["VisibilityTimeout"]) >= 6 * timeout ? [] : [`${name}: a message comes again before its batch is over`];
  });
}

const DURABLE = ["AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret"];

/** The second lets go of what the failed deployment itself has made. */
const KEEPING = ["Retain", "RetainExceptOnCreate"];

function keptFaults(template: Template): readonly string[] {
  const goes = DURABLE.flatMap((type) => ofType(template, type))
    .filter(([, { DeletionPolicy, UpdateReplacePolicy }]) => !KEEPING.includes(DeletionPolicy ?? "") || UpdateReplacePolicy !== "Retain")
    .map(([name]) => `${name}: goes with the stack`);
  const tables = ofType(template, "AWS::DynamoDB::Table").flatMap(([name, { Properties }]) => [
    ...(Properties["DeletionProtectionEnabled"] === true ? [] : [`${name}: can be deleted by one call`]),
    ...(at(Properties, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") === true ? [] : [`${name}: cannot be put back`]),
  ]);
  const secrets = ofType(template, "AWS::SecretsManager::Secret")
    .filter(([, { DeletionPolicy }]) => DeletionPolicy === "Retain")
    .map(([name]) => `${name}: its name stays taken by a deployment that failed`);
  return [...goes, ...tables, ...secrets, ...strandedFaults(template)];
}

/** What is protected from deletion outlives the deployment that made it and failed; without its key nobody could take the protection away. */
function strandedFaults(template: Template): readonly string[] {
  return ofType(template, "AWS::DynamoDB::Table").flatMap(([name, { Properties }]) => {
    const key = template.Resources[target(at(Properties, "SSESpecification", "KMSMasterKeyId")) ?? ""];
    return key === undefined || key.DeletionPolicy === "Retain" ? [] : [`${name}: its key may go before it`];
  });
}

function functionFaults(template: Template): readonly string[] {
  const functions = ofType(template, "AWS::Lambda::Function");
  const roles = functions.map(([, { Properties }]) => target(Properties["Role"]));
  return functions.flatMap(([name, { Properties, DependsOn }]) => {
    const logs = listOf(DependsOn)
      .map((other) => template.Resources[String(other)])
      .find((other) => other?.Type === "AWS::Logs::LogGroup");
    const role = target(Properties["Role"]);
    return [
      ...(Properties["Runtime"] === "nodejs24.x" ? [] : [`${name}: not nodejs24.x`]),
      ...(listOf(Properties["Architectures"]).join() === "arm64" ? [] : [`${name}: not arm64`]),
      ...(roles.filter((each) => each === role).length === 1 ? [] : [`${name}: shares its role`]),
      ...(typeof logs?.Properties["RetentionInDays"] === "number" ? [] : [`${name}: its log is kept for ever, or nowhere`]),
      ...(isObject(Properties["VpcConfig"]) ? [] : [`${name}: cannot be put into a network`]),
    ];
  });
}

/** Each queue of what was given up, each function, the age of what waits, and the way in have an alarm that somebody hears. */
function watchedFaults(template: Template): readonly string[] {
  const alarms = ofType(template, "AWS::CloudWatch::Alarm");
  const watched = new Set(
    alarms.flatMap(([, { Properties }]) =>
      listOf(Properties["Dimensions"]).map((one) => `${String(Properties["MetricName"])} ${target(at(one, "Value"))}`),
    ),
  );
  const need = (metric: string, names: readonly string[]): readonly string[] =>
    names.filter((name) => !watched.has(`${metric} ${name}`)).map((name) => `${name}: no alarm on ${metric}`);
  const names = (type: string): readonly string[] => ofType(template, type).map(([name]) => name);
  const sources = ofType(template, "AWS::Lambda::EventSourceMapping").map(([, { Properties }]) => Properties);
  const worked = sources
    .map((properties) => target(properties["EventSourceArn"]) ?? "")
    .filter((name) => template.Resources[name]?.Type === "AWS::SQS::Queue");
  const streaming = sources.filter((properties) => !worked.includes(target(properties["EventSourceArn"]) ?? ""));
  return [
    ...need(
      "ApproximateNumberOfMessagesVisible",
      names("AWS::SQS::Queue").filter((name) => !worked.includes(name)),
    ),
    ...need("ApproximateAgeOfOldestMessage", worked),
    ...need(
      "IteratorAge",
      streaming.map((properties) => target(properties["FunctionName"]) ?? ""),
    ),
    ...need("Errors", names("AWS::Lambda::Function")),
    ...need("Throttles", names("AWS::Lambda::Function")),
    ...alarms.filter(([, { Properties }]) => listOf(Properties["AlarmActions"]).length === 0).map(([name]) => `${name}: nobody hears it`),
  ];
}

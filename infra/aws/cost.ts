import { ASSUMED, type Counted, type Counts, type Deployment, PRICES, type Price } from "./cost-basis.ts";

export interface Line {
  readonly what: string;
  readonly usd: number;
}

const HOURS = ASSUMED.days * 24;

function dollars(price: Price, amount: number): number {
  return PRICES[price].usd * amount;
}

function tableLine(what: string, each: Counted, times: number): Line {
  const writes = dollars("a million write units of DynamoDB, on demand", (each.writeUnits * times) / 1e6);
  const reads = dollars("a million read units of DynamoDB, on demand", (each.readUnits * times) / 1e6);
  return { what: `DynamoDB: ${what}, ${each.writeUnits} write and ${each.readUnits} read units`, usd: writes + reads };
}

/** What messages wait for that are worked off side by side, they wait for at the same time; a processor, or the part of one that the memory comes with, they share. */
function seconds({ tableCalls, registryCalls }: Counted, memoryMiB: number, workMs: number = ASSUMED.workMs): number {
  const waited = tableCalls * ASSUMED.tableMs + (registryCalls * ASSUMED.registryMs) / ASSUMED.registryAtOnce;
  const worked = workMs / Math.min(1, memoryMiB / ASSUMED.processorMiB);
  return (waited + worked) / 1000;
}

function lambdaLine(what: string, calls: number, secondsEach: number, memoryMiB: number): Line {
  const time = dollars("a GB-second of Lambda, arm64", (calls * secondsEach * memoryMiB) / 1024);
  const logs = dollars("a GB of logs taken in", (calls * ASSUMED.logBytes) / 1e9);
  return { what: `Lambda: ${what}, with its log`, usd: dollars("a million calls of Lambda", calls / 1e6) + time + logs };
}

/** A message is sent, and a batch of them received and deleted. */
function queueLine(messages: number, batch: number = ASSUMED.batch): Line {
  return {
    what: "SQS: what EventBridge sends, and batches taken and deleted",
    usd: dollars("a million requests of SQS, standard queue", (messages * (1 + 2 / batch)) / 1e6),
  };
}

/** Messages of a batch are worked off side by side: a batch takes as long as one of them. */
function eventLines(name: string, each: Counted, messages: number, { memoryMiB }: Deployment): readonly Line[] {
  return [
    tableLine(name, each, messages),
    lambdaLine(
      `on-registry-event, ${name}`,
      messages / ASSUMED.batch,
      seconds(each, memoryMiB["on-registry-event"], ASSUMED.batch * ASSUMED.workMs),
      memoryMiB["on-registry-event"],
    ),
  ];
}

/** A month of pushes, each scanned once, with all of it told. `withTrail`: events of CloudTrail, that name who pushed, come too. */
export function pushLines(counts: Counts, deployment: Deployment, withTrail: boolean): readonly Line[] {
  const { pushes } = ASSUMED;
  return [
    ...eventLines("push", counts.pushed, pushes, deployment),
    ...eventLines("scan", counts.scanned, pushes, deployment),
    ...(withTrail ? eventLines("trail", counts.attributed, pushes, deployment) : []),
    tableLine("numbering and telling", counts.forwarded, pushes),
    lambdaLine(
      "forward-audit",
      pushes / ASSUMED.told,
      seconds(counts.forwarded, deployment.memoryMiB["forward-audit"], ASSUMED.toldMs) * ASSUMED.told,
      deployment.memoryMiB["forward-audit"],
    ),
    queueLine(pushes * (withTrail ? 3 : 2)),
  ];
}

/** The same month with `latest` set on each push, too: whoever had it is judged again. */
export function movedLines({ moved }: Counts, deployment: Deployment): readonly Line[] {
  const { pushes } = ASSUMED;
  return [...eventLines("moved tag, with who lost it", moved, pushes, deployment), queueLine(pushes)];
}

/** What Inspector tells of each finding by itself. Those of one image in one batch are one look at it, which finds what the event of the scan told. */
export function findingLines({ rescanned }: Counts, { memoryMiB }: Deployment): readonly Line[] {
  const messages = ASSUMED.pushes * ASSUMED.findings;
  const batches = messages / ASSUMED.findingBatch;
  return [
    tableLine("look for findings", rescanned, batches * ASSUMED.findingImages),
    lambdaLine(
      "on-registry-event, findings",
      batches,
      seconds(rescanned, memoryMiB["on-registry-event"], ASSUMED.findingImages * ASSUMED.workMs),
      memoryMiB["on-registry-event"],
    ),
    queueLine(messages, ASSUMED.findingBatch),
  ];
}

export function rescanLines(counts: Counts, deployment: Deployment): readonly Line[] {
  const scans = ASSUMED.images * ASSUMED.days;
  return [...eventLines("scan of a known image", counts.rescanned, scans, deployment), queueLine(scans)];
}

export function sweepLines(counts: Counts, { sweepsPerMonth, memoryMiB }: Deployment): readonly Line[] {
  const looks = ASSUMED.images * sweepsPerMonth;
  return [
    tableLine(`${sweepsPerMonth} sweeps, each image`, counts.swept, looks),
    lambdaLine(
      `on-schedule, ${sweepsPerMonth} sweeps`,
      sweepsPerMonth,
      (ASSUMED.images * seconds(counts.swept, memoryMiB["on-schedule"], SWEPT_AT_ONCE * ASSUMED.workMs)) / SWEPT_AT_ONCE,
      memoryMiB["on-schedule"],
    ),
  ];
}

/** shared/pipeline/sweep-attached.ts looks at so many images at once. */
const SWEPT_AT_ONCE = 4;

/** What is paid while nothing is pushed. */
export function standingLines(counts: Counts, { alarms, keys, tasksPerHour, memoryMiB }: Deployment): readonly Line[] {
  const tasks = tasksPerHour * HOURS;
  const idle = { ...counts.idleHour };
  const canaries = 6 * HOURS;
  // Lambda keeps five long polls of 20 seconds open at a queue.
  const polls = 5 * 3 * 60 * HOURS;
  // DynamoDB and SQS ask for their keys every five minutes, for each of six functions.
  const keyRequests = 6 * 12 * HOURS * 2;
  return [
    {
      what: `${keys} keys of KMS, and the requests for them`,
      usd: dollars("a key of KMS, a month", keys) + dollars("ten thousand requests of KMS", keyRequests / 10_000),
    },
    {
      what: `${alarms} metrics with an alarm and a dashboard`,
      usd: dollars("an alarm, a month", alarms) + dollars("a dashboard, a month", 1),
    },
    { what: "the secret", usd: dollars("a secret, a month", 1) },
    { what: "SQS: looking into an empty queue", usd: dollars("a million requests of SQS, standard queue", polls / 1e6) },
    { what: `Scheduler: ${tasksPerHour} tasks an hour`, usd: dollars("a million calls of EventBridge Scheduler", tasks / 1e6) },
    tableLine("idle tasks of an hour", idle, HOURS),
    lambdaLine(
      "on-schedule, idle tasks",
      tasks,
      seconds({ ...idle, tableCalls: idle.tableCalls / tasksPerHour, registryCalls: 0 }, memoryMiB["on-schedule"]),
      memoryMiB["on-schedule"],
    ),
    lambdaLine("canary", canaries, ASSUMED.canarySeconds, memoryMiB.canary),
  ];
}

export function networkLine({ interfaceEndpoints }: Deployment): Line {
  const hours = interfaceEndpoints * ASSUMED.zones * HOURS;
  return {
    what: `${interfaceEndpoints} interface endpoints in ${ASSUMED.zones} zones`,
    usd: dollars("an hour of an interface endpoint in one zone", hours),
  };
}

/** What one builds first: every message into the table in a transaction with whole OCSF rows, and a message to the forwarder for each of them. */
export function naiveLines(): readonly Line[] {
  const requests = (millions: number): number => dollars("a million requests of SQS, standard queue", millions);
  // 256 MB for 200 ms, a message each, in batches of ten.
  const pass = dollars("a GB-second of Lambda, arm64", 50_000) + dollars("a million calls of Lambda", 0.1);
  const forwarder = dollars("a GB-second of Lambda, arm64", 2_000) + dollars("a million calls of Lambda", 0.02);
  return [
    { what: "push: SQS and Lambda", usd: requests(1.2) + pass },
    { what: "scan: SQS and Lambda", usd: requests(1.2) + pass },
    {
      what: "DynamoDB: a transaction of 1 + 1 + 4 + 4 write units, at twice the price",
      usd: dollars("a million write units of DynamoDB, on demand", 20),
    },
    { what: "DynamoDB: 2 read units", usd: dollars("a million read units of DynamoDB, on demand", 2) },
    { what: "two messages for the SIEM: SQS and Lambda", usd: requests(2.4) + forwarder },
    { what: "logs, 1 KB a push", usd: dollars("a GB of logs taken in", 1) },
  ];
}

export function sum(lines: readonly Line[]): number {
  return lines.reduce((total, { usd }) => total + usd, 0);
}

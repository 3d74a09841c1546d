/** What something costs, counted: units of the table, and calls that a function waits for. */
export interface Counted {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly tableCalls: number;
  readonly registryCalls: number;
}

/** Counted by test/interop/aws-cost.test.ts, for one image or one call each. */
export interface Counts {
  /** on-registry-event: the event of a push, of the scan that follows, and of the call in the trail that names who pushed. */
  readonly pushed: Counted;
  /** The event of a tag that comes to an image from another one, which is judged again. */
  readonly moved: Counted;
  readonly scanned: Counted;
  readonly attributed: Counted;
  /** forward-audit, for each image. */
  readonly forwarded: Counted;
  /** A scan that finds what was known. */
  readonly rescanned: Counted;
  /** A sweep that finds nothing new, for each image. */
  readonly swept: Counted;
  /** Tasks with nothing to do, all that fall into an hour. */
  readonly idleHour: Counted;
}

/** What the deployment says of itself. */
export interface Deployment {
  readonly memoryMiB: Readonly<Record<"on-registry-event" | "on-schedule" | "forward-audit" | "canary", number>>;
  readonly sweepsPerMonth: number;
  readonly tasksPerHour: number;
  readonly alarms: number;
  readonly keys: number;
  readonly interfaceEndpoints: number;
}

const price = (usd: number, page: string) => ({ usd, page: `https://aws.amazon.com/${page}/` });

/** US dollars, us-east-1, list price, no free tier; each with the page that says so. */
export const PRICES = {
  "a million write units of DynamoDB, on demand": price(0.625, "dynamodb/pricing/on-demand"),
  "a million read units of DynamoDB, on demand": price(0.125, "dynamodb/pricing/on-demand"),
  "a million requests of SQS, standard queue": price(0.4, "sqs/pricing"),
  "a million calls of Lambda": price(0.2, "lambda/pricing"),
  "a GB-second of Lambda, arm64": price(0.0000133334, "lambda/pricing"),
  "a million calls of EventBridge Scheduler": price(1, "eventbridge/pricing"),
  "a GB of logs taken in": price(0.5, "cloudwatch/pricing"),
  "an alarm, a month": price(0.1, "cloudwatch/pricing"),
  "a dashboard, a month": price(3, "cloudwatch/pricing"),
  "a key of KMS, a month": price(1, "kms/pricing"),
  "ten thousand requests of KMS": price(0.03, "kms/pricing"),
  "a secret, a month": price(0.4, "secrets-manager/pricing"),
  "an hour of an interface endpoint in one zone": price(0.01, "privatelink/pricing"),
} as const satisfies Readonly<Record<string, ReturnType<typeof price>>>;
export type Price = keyof typeof PRICES;

/** What is not counted but assumed; each is said in the document. */
export const ASSUMED = {
  pushes: 1_000_000,
  images: 40_000,
  days: 30,
  /** Messages of a batch that Lambda takes from the queue: 2.5 messages a push at 1M pushes a month are one a second. */
  batch: 4,
  /** Events of single findings for each push, of the severities that are taken: they come in bursts, in batches as large as they may be, of so many images. */
  findings: 10,
  findingBatch: 10,
  findingImages: 2,
  /** Records of the stream in one call of forward-audit. */
  told: 20,
  /** Waited for one call of DynamoDB, and of ECR. Those of ECR for one message go two at a time: 11 for a push in six rounds, 10 for a scan in five. */
  tableMs: 4,
  registryMs: 25,
  registryAtOnce: 2,
  /** Milliseconds of a whole processor for each message: 18 for each of 99,782 in the end-to-end story, beginnings and faults included. */
  workMs: 20,
  /** The same for each record of the stream that tells something: 5 at most for each of 100, the work of the stand-ins around it included. */
  toldMs: 5,
  /** What Lambda gives a whole processor for (AWS Lambda developer guide, "Configure Lambda function memory"). */
  processorMiB: 1769,
  /** What Lambda itself logs of a call. */
  logBytes: 400,
  /** Seconds that the canary waits. */
  canarySeconds: 21,
  /** Zones with an interface endpoint in each, where there is a network. */
  zones: 2,
} as const;

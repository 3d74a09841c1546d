import { tellStory } from "../e2e-aws/story.ts";
import { withMonth } from "../interop/aws-month.ts";
import { round } from "./stats.ts";

const [PLAIN, PUSHES] = [40, 100];
const REST_MS = 1_200_000;

interface PerPush {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly commits: number;
  readonly messages: number;
}

/** List prices in us-east-1, in dollars for a million. */
const PRICES = { writeUnit: 0.625, readUnit: 0.125, request: 0.4 } as const;
/** The design's plan for a push and its scan: two writes of two units, and no more than one read of each message. */
const PLAN: PerPush = { writeUnits: 4, readUnits: 2, commits: 2, messages: 2 };

/**
 * Counts what one push costs, beside what the design planned: first as it planned it, a push and its scan and what they have to tell; then the push of a
 * story, of which three in ten are held, with findings that come one by one, who pushed, and the sweep. Nothing goes wrong meanwhile.
 * Needs moto and DynamoDB Local.
 */
export async function awsSteps(): Promise<readonly object[]> {
  const { measured, written } = await plainPush();
  return [
    { what: "a push and its scan", pushes: PLAIN, measured, plan: PLAN },
    { what: "its write units", ...written },
    { what: "of these, what the plan has: the image and the audit", writeUnits: round(sumOf(written, PLANNED)), plan: PLAN.writeUnits },
    ...(await pushOfStory()),
  ];
}

/** What the design's plan writes: the image with its outbox, and what is told. It has no tags, no lists, and no configuration to judge by as of an earlier day. */
const PLANNED = ["image", "journal", "gate", "look", "sink"];

function sumOf(units: Readonly<Record<string, number>>, kinds: readonly string[]): number {
  return kinds.reduce((sum, kind) => sum + (units[kind] ?? 0), 0);
}

interface Plain {
  readonly measured: PerPush;
  readonly written: Readonly<Record<string, number>>;
}

function plainPush(): Promise<Plain> {
  return withMonth(async (month) => {
    await month.schedule("standings");
    await month.push(PLAIN);
    month.count();
    const pushes = month.events("ECR Image Action");
    await month.work(pushes);
    await month.scan();
    const scans = month.events("ECR Image Scan");
    await month.work(scans);
    await month.forward();
    const { writeUnits, readUnits } = month.count();
    const each = (sum: number): number => round(sum / PLAIN);
    const [commits, messages] = [each(await month.commits()), each(pushes.length + scans.length)];
    const written = Object.fromEntries(Object.entries(month.written()).map(([kind, units]) => [kind, each(units)]));
    return { measured: { writeUnits: each(writeUnits), readUnits: each(readUnits), commits, messages }, written };
  });
}

async function pushOfStory(): Promise<readonly object[]> {
  const { calls, judgement, events } = await tellStory({ pushes: PUSHES, isCalm: true, restMs: REST_MS });
  const { writeUnits, readUnits, sqs, dynamodb, ecr, oci, inspector2, sts, invocations } = calls;
  const measured = { writeUnits, readUnits, commits: round(judgement.commits / PUSHES), messages: sqs.messages };
  const sum = (made: Readonly<Record<string, number>>): number => round(Object.values(made).reduce((total, each) => total + each, 0));
  // Each message is sent, and received and deleted in batches.
  const dollars = {
    dynamodb: round(writeUnits * PRICES.writeUnit + readUnits * PRICES.readUnit),
    sqs: round((sqs.messages + sqs.requests) * PRICES.request),
  };
  return [
    { what: "a push of the story", pushes: PUSHES, eventsOfRegistry: round(events.told / PUSHES), measured, plan: PLAN },
    { what: "dollars a million pushes", ...dollars },
    { what: "calls of DynamoDB", all: sum(dynamodb), ...dynamodb },
    { what: "calls of ECR", all: sum(ecr), ...ecr },
    { what: "requests to the registry's endpoint", all: sum(oci), ...oci },
    { what: "calls of Inspector2", all: sum(inspector2), ...inspector2 },
    { what: "calls of STS", all: sum(sts), ...sts },
    { what: "invocations", all: sum(invocations), ...invocations },
  ];
}

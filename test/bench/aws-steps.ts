import { tellStory } from "../e2e-aws/story.ts";
import { round } from "./stats.ts";

const PUSHES = 100;
const REST_MS = 1_200_000;

/** List prices in us-east-1, in dollars for a million. */
const PRICES = { writeUnit: 0.625, readUnit: 0.125, request: 0.4 } as const;
/** The design's plan for a push and its scan: two writes of two units, and no more than one read of each message. */
const PLAN = { writeUnits: 4, readUnits: 2, commits: 2, messages: 2 } as const;

/**
 * Counts what one push costs from its event to its end, scan, hold and sweep included, beside what the design planned. Nothing goes wrong meanwhile.
 * Needs moto and DynamoDB Local.
 */
export async function awsSteps(): Promise<readonly object[]> {
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
    { what: "a push, counted", pushes: PUSHES, eventsOfRegistry: round(events.told / PUSHES), measured, plan: PLAN },
    { what: "dollars a million pushes", ...dollars },
    { what: "calls of DynamoDB", all: sum(dynamodb), ...dynamodb },
    { what: "calls of ECR", all: sum(ecr), ...ecr },
    { what: "requests to the registry's endpoint", all: sum(oci), ...oci },
    { what: "calls of Inspector2", all: sum(inspector2), ...inspector2 },
    { what: "calls of STS", all: sum(sts), ...sts },
    { what: "invocations", all: sum(invocations), ...invocations },
  ];
}

import * as z from "zod";
import { between, type Duration, type Instant, parseInstant, printDuration, printMinute } from "../../domain/time.ts";
import { duration } from "../field.ts";
import { defineRule, type Judgement, type RuleContext } from "../rule.ts";
import { judgement, outlives, unknown, violated } from "./fact.ts";

// No image was built before there was Docker: a reproducible build writes 1970 or another agreed day.
const FIRST_BUILD = parseInstant("2013-03-01T00:00:00Z");

/** Not older than a limit. */
export const imageAge = defineRule({
  kind: "image-age",
  doc: "Built, or first seen here, lately enough.",
  scope: "each-image",
  shape: () => ({
    maxAge: duration().describe("Greatest age."),
    since: z
      .enum(["built", "firstSeen"])
      .default("built")
      .describe(
        "built: the time that the build wrote into the image, which a reproducible build does not tell. firstSeen: when it was first seen here.",
      ),
  }),
  judge: ({ maxAge, since }, context): Judgement => {
    if (since === "firstSeen") return judgeAge("first seen", context.evidence.subject.firstSeenAt, maxAge, context.now);
    const built = builtAt(context);
    return typeof built === "string" ? { facts: [unknown("age", built, REMEDY)] } : judgeAge("built", built, maxAge, context.now);
  },
});

const REMEDY = "let the build write its time into the image, or judge the age by since: firstSeen";

function builtAt({ evidence: { config }, now }: RuleContext): Instant | string {
  switch (config.kind) {
    case "absent":
      return "it has no configuration that could tell when it was built";
    case "unavailable":
      return `could not read when it was built: ${config.why}`;
    case "read": {
      const { createdAt } = config.config;
      if (createdAt === "unknown") return "it does not tell when it was built";
      if (createdAt < FIRST_BUILD) return `the time of its build is made up (${printMinute(createdAt)})`;
      return createdAt > now + 86_400_000 ? `the time of its build lies in the future (${printMinute(createdAt)})` : createdAt;
    }
    default:
      return config satisfies never;
  }
}

function judgeAge(verb: string, at: Instant, maxAge: Duration, now: Instant): Judgement {
  const age = between(at, now);
  if (age <= maxAge) return judgement([], [outlives(at, maxAge)]);
  return judgement([
    violated(["age"], `${verb} ${printDuration(age)} ago (${printMinute(at)}), limit ${printDuration(maxAge)}`, "build it again"),
  ]);
}

import * as z from "zod";
import type { KnownSeverity } from "../../domain/severity.ts";
import { add, type Instant } from "../../domain/time.ts";
import { closed, duration } from "../field.ts";
import type { MergedFinding } from "../findings/merge.ts";
import type { RuleContext } from "../rule.ts";

const forSeverity = (severity: KnownSeverity) => duration().optional().describe(`For findings of severity ${severity}.`);

const BY_SEVERITY = z.lazy(() =>
  closed({
    negligible: forSeverity("negligible"),
    low: forSeverity("low"),
    medium: forSeverity("medium"),
    high: forSeverity("high"),
    critical: forSeverity("critical"),
  } satisfies Record<KnownSeverity, unknown>),
);

export const GRACE = z.lazy(() =>
  closed({
    since: z
      .enum(["published", "fixAvailable", "firstSeen"])
      .describe(
        "The clock. published: of the vulnerability. fixAvailable: of the fix. firstSeen: in this image, by the reports; else when the image was first seen here. A finding without that date has no grace.",
      ),
    for: z
      .union([duration(), BY_SEVERITY])
      .describe("How long, for all findings (14d) or by severity ({ critical: 7d, high: 30d }); a severity that is left out has no grace."),
  }).describe("How long a finding may stand before it violates the rule."),
);

type Grace = z.output<typeof GRACE>;

/** When its grace ends; `undefined` where it has none. */
export function graceEnd(
  grace: Grace | undefined,
  counted: KnownSeverity,
  finding: MergedFinding,
  { evidence }: RuleContext,
): Instant | undefined {
  if (grace === undefined) return undefined;
  const length = typeof grace.for === "number" ? grace.for : grace.for[counted];
  const since = startOf(grace, finding, evidence.subject.firstSeenAt);
  return length === undefined || since === undefined ? undefined : add(since, length);
}

function startOf({ since }: Grace, finding: MergedFinding, imageSeenAt: Instant): Instant | undefined {
  switch (since) {
    case "published":
      return finding.publishedAt;
    case "fixAvailable":
      return finding.fix.availableAt;
    case "firstSeen":
      return finding.firstSeenAt ?? imageSeenAt;
    default:
      return since satisfies never;
  }
}

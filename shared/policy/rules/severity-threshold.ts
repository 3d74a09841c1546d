import * as z from "zod";
import { atLeast as isAtLeast, type KnownSeverity, SEVERITIES } from "../../domain/severity.ts";
import { type Instant, printMinute } from "../../domain/time.ts";
import { unscanned } from "../evidence-words.ts";
import { countsAs, type MergedFinding } from "../findings/merge.ts";
import { defineRule, type Fact, type Judgement, type RuleContext, SATISFIED } from "../rule.ts";
import { judgement } from "./fact.ts";
import { findingShape, isMeant } from "./finding-filter.ts";
import { GRACE, graceEnd } from "./finding-grace.ts";
import { findingFact } from "./finding-words.ts";

const shape = () => ({
  atLeast: z.enum(SEVERITIES).optional().describe("Findings of this severity and above violate the rule."),
  score: z
    .number()
    .min(0)
    .max(10)
    .optional()
    .describe(
      "Findings with this CVSS score and above violate the rule, also beside atLeast. Left out with atLeast: every finding that is meant.",
    ),
  ...findingShape(),
  unknownSeverityAs: z
    .enum([...SEVERITIES, "ignore"])
    .optional()
    .describe(
      "What a finding counts as whose severity nobody gave; as findings.unknownSeverityAs says where it is left out. Only `ignore` passes it over.",
    ),
  grace: GRACE.optional(),
});

type Params = z.output<z.ZodObject<ReturnType<typeof shape>>>;

/** No finding of a given severity or above. A known finding violates whatever the age of its report; only its absence needs a report that is up to date. */
export const severityThreshold = defineRule({
  kind: "severity-threshold",
  doc: "No finding of a given severity or above.",
  scope: "each-image",
  shape,
  isByFinding: ({ grace }) => grace?.since !== "firstSeen",
  judge: (params, context): Judgement => {
    const { findings } = context.evidence;
    const { facts, recheckAt } = violations(params, context);
    if (findings.kind !== "reported") return judgement([...facts, unscanned(findings)], [recheckAt]);
    return facts.length === 0 && recheckAt === undefined ? SATISFIED : judgement(facts, [recheckAt]);
  },
});

function violations(params: Params, context: RuleContext): Judgement {
  const unknownAs = params.unknownSeverityAs ?? context.settings.unknownSeverityAs;
  const facts: Fact[] = [];
  let recheckAt: Instant | undefined;
  for (const finding of context.findings()) {
    const counted = countsAs(finding, unknownAs);
    if (counted === "ignore" || !isTooSevere(params, counted, finding) || !isMeant(params, finding)) continue;
    const endsAt = graceEnd(params.grace, counted, finding, context);
    if (endsAt === undefined || endsAt <= context.now) facts.push(violation(params, counted, finding, context, endsAt));
    else if (recheckAt === undefined || endsAt < recheckAt) recheckAt = endsAt;
  }
  return recheckAt === undefined ? { facts } : { facts, recheckAt };
}

function isTooSevere({ atLeast, score }: Params, counted: KnownSeverity, finding: MergedFinding): boolean {
  if (atLeast !== undefined && isAtLeast(counted, atLeast)) return true;
  return score === undefined ? atLeast === undefined : (finding.score ?? -1) >= score;
}

function violation(
  params: Params,
  counted: KnownSeverity,
  finding: MergedFinding,
  { evidence }: RuleContext,
  endedAt: Instant | undefined,
): Fact {
  const { atLeast, score, grace } = params;
  // The severity that somebody gave; `unknown` where only a report without a rating makes it a violation.
  const isRated =
    finding.severity !== "unknown" && (atLeast === undefined || isAtLeast(finding.severity, atLeast) || finding.severity === counted);
  const severity = isRated ? finding.severity : "unknown";
  const limits = [
    ...(isRated ? [] : [`counts as ${counted}`]),
    ...(atLeast === undefined ? [] : [`limit ${atLeast}`]),
    ...(score === undefined ? [] : [`score ${finding.score ?? "unknown"}, limit ${score}`]),
    ...(grace === undefined ? [] : [endedAt === undefined ? "no grace" : `grace ended ${printMinute(endedAt)}`]),
  ];
  return findingFact(finding, evidence, `severity ${severity}${limits.length === 0 ? "" : ` (${limits.join(", ")})`}`, severity);
}

import * as z from "zod";
import { invalidParameter } from "../refusal.ts";

const LIMITS = { least: 100, most: 30_720 };

const RULE = z.strictObject({
  rulePriority: z.int().min(1),
  description: z.string().optional(),
  selection: z.strictObject({
    tagStatus: z.enum(["tagged", "untagged", "any"]),
    tagPatternList: z.array(z.string()).min(1).optional(),
    tagPrefixList: z.array(z.string()).min(1).optional(),
    storageClass: z.enum(["standard", "archive"]).optional(),
    countType: z.enum(["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"]),
    countUnit: z.literal("days").optional(),
    countNumber: z.int().min(1),
  }),
  action: z.strictObject({ type: z.enum(["expire", "transition"]), targetStorageClass: z.literal("archive").optional() }),
});
const POLICY = z.strictObject({ rules: z.array(RULE).min(1).max(50) });

export type LifecycleRule = z.output<typeof RULE>;

/** In the order in which they apply. @throws AwsRefusal InvalidParameterException */
export function readLifecycle(text: string): readonly LifecycleRule[] {
  if (text.length < LIMITS.least || text.length > LIMITS.most) {
    throw invalidParameter("lifecyclePolicyText", `Member must have between ${LIMITS.least} and ${LIMITS.most} characters`);
  }
  const { rules } = parse(text);
  const fault = rules.map(faultOf).find((one) => one !== undefined) ?? faultOfAll(rules);
  if (fault !== undefined) throw invalidParameter("LifecyclePolicyText", `Lifecycle policy validation failure: ${fault}`);
  return rules.toSorted((a, b) => a.rulePriority - b.rulePriority);
}

function parse(text: string): z.output<typeof POLICY> {
  try {
    return POLICY.parse(JSON.parse(text));
  } catch (error) {
    throw invalidParameter("LifecyclePolicyText", `Lifecycle policy validation failure: ${error instanceof Error ? error.message : ""}`);
  }
}

/** What a rule may not say for itself. */
function faultOf({ selection, action }: LifecycleRule): string | undefined {
  const { countType, countUnit, countNumber, tagStatus, storageClass, tagPatternList, tagPrefixList } = selection;
  const lists = [...(tagPatternList ?? []), ...(tagPrefixList ?? [])];
  const faults: readonly (readonly [boolean, string])[] = [
    [countType === "sinceImagePulled" && action.type !== "transition", "sinceImagePulled only goes with transition"],
    [
      countType === "sinceImageTransitioned" && (action.type !== "expire" || storageClass !== "archive"),
      "sinceImageTransitioned only goes with expire of archived images",
    ],
    [action.type === "expire" && storageClass === "archive" && countNumber < 90, "images stay in the archive for 90 days"],
    [action.type === "transition" && action.targetStorageClass === undefined, "a transition needs its target"],
    [countType.startsWith("since") !== (countUnit === "days"), "countUnit goes with since..., and only with it"],
    [tagStatus === "tagged" && lists.length === 0, "tagged images are chosen by pattern or prefix"],
    [tagStatus !== "tagged" && lists.length > 0, "patterns and prefixes choose among tagged images only"],
    [lists.some((one) => one.split("*").length > 5), "a pattern has at most four wildcards"],
  ];
  return faults.find(([isFault]) => isFault)?.[1];
}

function faultOfAll(rules: readonly LifecycleRule[]): string | undefined {
  const priorities = rules.map(({ rulePriority }) => rulePriority);
  if (new Set(priorities).size < priorities.length) return "each rule has a priority of its own";
  const kinds = ["untagged", "any"].flatMap((tagStatus) =>
    ["standard", "archive"].map((storage) =>
      rules.filter(({ selection }) => selection.tagStatus === tagStatus && (selection.storageClass ?? "standard") === storage),
    ),
  );
  if (kinds.some((same) => same.length > 1)) return "one rule for untagged and one for any in each storage class";
  const last = Math.max(...priorities);
  const isLast = rules.every(({ selection, rulePriority }) => selection.tagStatus !== "any" || rulePriority === last);
  return isLast ? undefined : "a rule for any image has the highest priority number";
}

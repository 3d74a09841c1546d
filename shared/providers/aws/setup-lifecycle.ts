import * as z from "zod";
import type { SetupFinding } from "../../domain/setup-finding.ts";
import { printDuration } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AskedOfRepository, SetupDemand } from "../../ports/registry-setup.ts";
import { readJson } from "../../runtime/json.ts";
import { matchesFilter } from "./mutability.ts";

// Amazon ECR user guide, "Lifecycle policy properties". Members that are not looked at may come.
const RULE = z.object({
  rulePriority: z.int(),
  selection: z.object({
    tagStatus: z.enum(["tagged", "untagged", "any"]),
    tagPatternList: z.array(z.string()).default([]),
    tagPrefixList: z.array(z.string()).default([]),
    storageClass: z.enum(["standard", "archive"]).default("standard"),
    countType: z.string(),
    countNumber: z.int(),
  }),
  action: z.object({ type: z.enum(["expire", "transition"]) }),
});
const POLICY = z.object({ rules: z.array(RULE) });
type Rule = z.output<typeof RULE>;

const DAY_MS = 86_400_000;
const LIMITS = { maxBytes: 256 * 1024, maxDepth: 16, place: "lifecycle policy" };
/** A tag that cosign puts a signature under. */
const SIGNATURE_TAG = `sha256-${"0".repeat(64)}.sig`;

export interface LifecycleOf {
  /** `lifecycle of team/app`. */
  readonly place: string;
  readonly text: string;
  /** Whether the repository is where the gate keeps what it has to read of held images. */
  readonly isOwn: boolean;
  /** Whether images are held there as they were; else in the archive of their own repository. */
  readonly moves: boolean;
  readonly asked: Pick<AskedOfRepository, "signature">;
}

/** What a lifecycle policy does against the gate. ECR itself spares what an index names. */
export function lookAtLifecycle({ place, text, isOwn, moves, asked }: LifecycleOf, demand: SetupDemand): readonly SetupFinding[] {
  const rules = readRules(text);
  if (rules === undefined)
    return [
      {
        code: "lifecycle-unreadable",
        places: [place],
        state: "unknown",
        fact: "has a form that is not known here",
        next: "read it yourself: nothing that the gate holds may expire",
      },
    ];
  return rules.flatMap((rule) => {
    const at = `${place}, rule ${rule.rulePriority}`;
    if (isOwn) return takesKept(rule, at, moves);
    const inArchive = moves ? [] : [...expiresHeld(rule, at, demand), ...archives(rule, at, demand)];
    return [...inArchive, ...expiresOther(rule, at, demand, asked)];
  });
}

/** Whether a policy goes by the time of the last pull. */
export function goesByPulls(text: string): boolean {
  return readRules(text)?.some(({ selection }) => selection.countType === "sinceImagePulled") === true;
}

function readRules(text: string): readonly Rule[] | undefined {
  try {
    return POLICY.safeParse(readJson(Buffer.from(text), LIMITS)).data?.rules;
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}

/** What lies there is what a release and every judging of a held image reads; an image that was archived in quarantine would be found nowhere by its release. */
function takesKept({ action }: Rule, at: string, moves: boolean): readonly SetupFinding[] {
  const isDeleted = action.type === "expire";
  if (!isDeleted && !moves) return [];
  const fact = moves
    ? `${isDeleted ? "deletes" : "archives"} what is held there: it could not be released any more`
    : "deletes what the gate keeps of held images: they could not be judged or explained any more";
  return [{ code: "lifecycle-expires-kept", places: [at], state: "mend", fact, next: "take the lifecycle policy of this repository away" }];
}

/** The archive is where held images are. A count takes the oldest, however young it is: no term of the gate's is sure to come first. */
function expiresHeld({ selection, action }: Rule, at: string, { heldFor }: SetupDemand): readonly SetupFinding[] {
  const { storageClass, countType, countNumber } = selection;
  if (action.type !== "expire" || storageClass !== "archive") return [];
  const isByAge = countType === "sinceImageTransitioned";
  if (isByAge && heldFor !== undefined && heldFor <= countNumber * DAY_MS) return [];
  const when = isByAge ? `${countNumber} days after it was archived` : `where more than ${countNumber} are archived`;
  const wanted = heldFor === undefined ? "keeps it until it is released" : `keeps it for ${printDuration(heldFor)}`;
  const next =
    "let the rule leave the archive alone; enforcement.deleteHeldAfter in the policy deletes what was held long, and asks first what needs it";
  return [
    {
      code: "lifecycle-expires-held",
      places: [at],
      state: "mend",
      fact: `deletes what the gate holds ${when}; the policy ${wanted}`,
      next,
    },
  ];
}

/** What ECR archives by age begins anew when it is restored; of a count that is not documented. */
function archives({ selection, action }: Rule, at: string, { enforces }: SetupDemand): readonly SetupFinding[] {
  if (action.type !== "transition" || selection.countType !== "imageCountMoreThan" || !enforces) return [];
  const fact = `archives all but the newest ${selection.countNumber}: whether an image that the gate releases stays free is not known`;
  const next = "let the rule go by sinceImagePushed or sinceImagePulled: a restore begins their time anew";
  return [{ code: "lifecycle-archives-released", places: [at], state: "unknown", fact, next }];
}

function expiresOther(rule: Rule, at: string, demand: SetupDemand, asked: LifecycleOf["asked"]): readonly SetupFinding[] {
  const { selection, action } = rule;
  if (action.type !== "expire" || selection.storageClass !== "standard") return [];
  const found: SetupFinding[] = [];
  if (demand.leavesUntagged && selection.tagStatus !== "tagged")
    found.push({
      code: "lifecycle-expires-untagged",
      places: [at],
      state: "mend",
      fact: "deletes images without a tag: also those that the policy takes tags away from, and means to give them back to",
      next: "let the rule take tagged images alone, or take rollBack out of the policy",
    });
  if (asked.signature && takesSignatures(rule))
    found.push({
      code: "lifecycle-expires-signatures",
      places: [at],
      state: "mend",
      fact: "counts signatures that lie under tags (sha256-....sig) as images and deletes them: the image that they sign then violates the policy",
      next: "let the rule choose by tag patterns that no such tag fits, or sign with cosign's OCI 1.1 mode, which ECR keeps with the image",
    });
  return found;
}

/** Of a list all have to fit. */
function takesSignatures({ selection }: Rule): boolean {
  const { tagStatus, tagPatternList, tagPrefixList } = selection;
  if (tagStatus !== "tagged") return tagStatus === "any";
  const isPattern = tagPatternList.every((pattern) => matchesFilter(pattern, SIGNATURE_TAG));
  return isPattern && tagPrefixList.every((prefix) => SIGNATURE_TAG.startsWith(prefix));
}

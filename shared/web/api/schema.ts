import * as z from "zod";
import { STRENGTHS } from "../../domain/action.ts";
import { RUN_CAUSES, RUN_STATES } from "../../domain/run.ts";
import { EVENT_KINDS } from "../event-kinds.ts";
import {
  ActorClaim,
  At,
  DigestText,
  DryRun,
  NO_REASON,
  named,
  OutcomeView,
  Published,
  ReasonText,
  ReasonUnlessDry,
  SignatureLost,
} from "./schema-parts.ts";

// Shapes of the operator API: they validate requests, type the answers and make the OpenAPI document.

export const Reason = named(
  "Reason",
  z.object({
    key: z.string().describe("Stable for the same rule and fact."),
    ruleId: z.string(),
    rule: z.string().describe("Kind of rule."),
    level: z.enum(["enforce", "warn", "audit"]),
    status: z.enum(["violated", "unknown"]).describe("unknown: the evidence is missing, which is no pass."),
    message: z.string(),
    remedy: z.string(),
    place: z.string().describe("File and line of the policy."),
    severity: z.string(),
    child: DigestText.optional(),
    enforceFrom: At.optional().describe("From when on the rule is enforced; until then it only warns."),
  }),
);

const FindingsSummary = z.object({
  kind: z.string(),
  scannedAt: At.optional(),
  counts: z.record(z.string(), z.int()),
  why: z.string().optional(),
});
const SignatureSummary = z.object({ kind: z.string(), verified: z.array(z.string()), found: z.int(), why: z.string().optional() });

export const Image = named(
  "Image",
  z.object({
    registry: z.string(),
    repository: z.string(),
    digest: DigestText,
    tags: z.array(z.string()),
    kind: z.enum(["image", "index"]),
    platforms: z.array(z.string()),
    children: z.array(DigestText),
    presence: z.enum(["present", "gone"]),
    origin: z.enum(["event", "sweep", "operator"]),
    firstSeenAt: At,
    pushedBy: z.string().optional().describe("Absent where the registry does not say."),
    verdict: z.enum(["compliant", "violating", "indeterminate", "none"]).describe("none: not judged yet."),
    judgedAt: At.optional(),
    recheckAt: At.optional(),
    reasons: z.array(Reason),
    policy: z.object({ name: z.string(), version: z.string(), mode: z.enum(["enforce", "dry-run"]) }).optional(),
    appliedRules: z
      .array(z.string())
      .optional()
      .describe("Rules that were for the image. Empty: compliant because nothing was asked of it."),
    held: z.boolean(),
    strength: z.enum(STRENGTHS).optional().describe("How hard the hold is, as probed; absent where the image is not held."),
    stillOpen: z
      .array(z.string())
      .optional()
      .describe("By which ways it could be pulled still after the hold, and which could not be asked."),
    since: At.optional().describe("When it was held."),
    override: z
      .object({ kind: z.enum(["hold", "release"]), by: z.string(), reason: z.string(), at: At })
      .optional()
      .describe("A person's decision that outweighs the verdict."),
    brakedBy: z.string().optional().describe("The run that was stopped before it came to hold this image."),
    deadline: z
      .object({
        until: At,
        isOver: z.boolean(),
        afterwards: z.enum(["hold", "tell"]),
        use: z.enum(["running", "pulled", "unknown"]).describe("As known when the image was judged last."),
        workloads: z.array(z.string()),
        owners: z.array(z.string()),
      })
      .optional()
      .describe("It would be held, and is or may be in use: until when it is to be mended."),
    deletion: z
      .object({
        at: At,
        kept: z
          .object({ by: z.enum(["protected", "named", "verdict", "running", "pulled", "use-unknown", "failed"]), why: z.string() })
          .optional(),
        waitsIn: z.string().optional(),
      })
      .optional()
      .describe(
        "When what is held is deleted for ever, unless it is released or held by hand before; why it would not be as things are; the run that was stopped before it and asks.",
      ),
    deleted: z.object({ at: At, action: z.string() }).optional().describe("The gate deleted it for ever."),
    isHalted: z.literal(true).optional().describe("The gate was stopped before it did what the verdict asks for."),
    retagged: z
      .object({
        standing: z.array(
          z.object({ tag: z.string(), from: z.string(), to: z.string(), purpose: z.enum(["mark", "roll-back"]), action: z.string() }),
        ),
        left: z.array(z.object({ tag: z.string(), why: z.string() })),
      })
      .optional()
      .describe("Marks that the gate set on it, tags that it rolled back from it, and those that it left as they are."),
    published: Published.optional().describe("The signed verdict that the gate has published; absent where none stands."),
    signatureLost: SignatureLost.optional().describe("It was signed by somebody trusted, and is not any more."),
    evidence: z.object({ findings: FindingsSummary, signatures: SignatureSummary }),
    version: z.int().describe("Grows with every change of the record."),
  }),
);

export const ActionView = named(
  "Action",
  z.object({
    id: z.string().describe("Name it to undo the action."),
    verb: z.enum(["hold", "release", "retag", "delete"]).describe("delete cannot be undone."),
    image: z.string().describe("registry/repository@digest"),
    plannedAt: At,
    actor: z.object({ name: z.string(), reason: z.string() }),
    cause: z
      .object({
        words: z.string().describe("The same for people: policy 826771e6bfc6 in run policy-3"),
        run: z.string().optional().describe("What was judged again for one cause, an emergency (emergency-1) or an undo (undo-4)."),
        policy: z.string().optional().describe("Version of the policy whose verdict asked; absent where a person did."),
        undoes: z.array(z.string()).optional().describe("Ids of the actions that it takes back."),
        despiteUse: z.literal(true).optional().describe("Its deadline was over, and something may have run it still."),
        isForIndex: z.literal(true).optional().describe("An index that is served needs it."),
      })
      .describe("What asked for it."),
    tags: z.array(z.string()).describe("Tags that pointed at the image before."),
    quarantine: z.string().optional().describe("Repository that the bytes lie in while the image is held."),
    manifests: z.array(z.object({ digest: DigestText, role: z.string(), tags: z.array(z.string()) })),
    purpose: z.enum(["mark", "roll-back", "promote", "restore"]).optional().describe("What a retag is for."),
    changes: z
      .array(
        z.object({
          tag: z.string(),
          from: z.string().describe("Digest, or absent."),
          to: z.string().describe("Digest, or absent."),
        }),
      )
      .optional()
      .describe("Tags that a retag points elsewhere."),
    outcome: OutcomeView.optional().describe("Absent while the action is under way."),
  }),
);

export const ExplanationView = named(
  "Explanation",
  z.object({
    verdict: z.enum(["compliant", "violating", "indeterminate", "not judged"]),
    symbol: z.string(),
    image: z.string(),
    digest: DigestText,
    policy: z.string(),
    policyFile: z.string(),
    identity: z.array(z.string()).describe("What the image is and where it came from."),
    headline: z.string(),
    reasons: z.array(
      z.object({
        symbol: z.string(),
        word: z.string(),
        key: z.string(),
        ruleId: z.string(),
        level: z.enum(["enforce", "warn", "audit"]),
        status: z.enum(["violated", "unknown"]),
        child: z.string().optional(),
        message: z.string(),
        remedy: z.string(),
        place: z.string(),
        because: z.string().optional().describe("Why the rule is for this image; absent where it is for every image."),
      }),
    ),
    notes: z
      .array(z.object({ symbol: z.string(), word: z.string(), message: z.string(), place: z.string().optional() }))
      .describe("What was waived and what does not count, with who says so."),
    waiver: z.string().optional().describe("Entries for waivers.yaml that would cover the first reasons for a hold, once approved."),
    fixes: z.array(z.string()),
    effect: z.string(),
    cause: z.string().optional().describe("What the gate did last, what asked for that and who; absent where it did nothing."),
    facts: z.array(z.string()).describe("Evidence with its age."),
    next: z.array(z.string()).describe("Commands."),
  }),
);

export const ImageDetail = named(
  "ImageDetail",
  Image.extend({
    explanation: ExplanationView.describe("The standard block as data; every skin shows the same."),
    actions: z.array(ActionView).describe("Newest first."),
    parents: z.array(DigestText).describe("Indexes of the same repository that name it as a child."),
  }),
);

export const ImagePage = named(
  "ImagePage",
  z.object({ images: z.array(Image), next: z.string().optional().describe("Pass it as after for the next page; absent on the last.") }),
);
export const ImagesOfDigest = named(
  "ImagesOfDigest",
  z.object({ digest: DigestText, images: z.array(ImageDetail).describe("One for each repository that has it.") }),
);

export const JournalEntryView = named(
  "JournalEntry",
  z.object({
    sequence: z.int(),
    chain: z.string(),
    index: z.int(),
    previousHash: z.string(),
    hash: z.string().describe("SHA-256 of the canonical JSON of everything but hash and sequence."),
    event: z.looseObject({
      id: z.string(),
      kind: z.enum(EVENT_KINDS),
      at: z.number().describe("Milliseconds since 1970, as hashed."),
      correlationId: z.string(),
    }),
  }),
);
export const JournalPage = named(
  "JournalPage",
  z.object({ entries: z.array(JournalEntryView), next: z.int().describe("Pass it as after to read on, now or later.") }),
);

export const JournalHeads = named(
  "JournalHeads",
  z.object({
    heads: z
      .array(z.object({ chain: z.string(), index: z.int(), hash: z.string(), signature: z.string() }))
      .describe("The signed end of each chain (Ed25519 over chain, index and hash)."),
    next: z.string().optional().describe("Pass it as after for the next page; absent on the last."),
  }),
);

export const ImageRequest = named(
  "ImageRequest",
  z
    .strictObject({
      image: z.string().max(1_000).describe("registry/repository:tag or registry/repository@digest"),
      reason: ReasonUnlessDry,
      actor: ActorClaim,
      dryRun: DryRun,
    })
    .refine(({ dryRun, reason }) => dryRun === true || reason !== undefined, NO_REASON),
);

export const StoredReport = named(
  "StoredReport",
  z.object({
    digest: DigestText.describe("Of the report's bytes."),
    subject: DigestText,
    findings: z.int(),
    images: z.int().describe("Images that are judged again."),
  }),
);

export const SweepView = named(
  "Sweep",
  z.object({
    startedAt: At,
    images: z.int(),
    missed: z.int().describe("Found in a registry and announced by no event."),
    gone: z.int(),
    queued: z.int(),
    registries: z.array(z.object({ host: z.string(), images: z.int(), fault: z.string().optional() })),
  }),
);

export const RunView = named(
  "Run",
  z.object({
    id: z.string(),
    cause: z.enum(RUN_CAUSES),
    startedAt: At,
    state: z.enum(RUN_STATES).describe("stopped: it would have held more than it may, and waits for an answer."),
    held: z.int().describe("Holds that were let through."),
    waiting: z.int().describe("Images that it would hold and that can be pulled still."),
    stoppedAt: At.optional(),
    why: z.string().optional().describe("Why it stopped."),
    decided: z.object({ at: At, by: z.string(), reason: z.string() }).optional(),
  }),
);
export const RunList = named("RunList", z.object({ runs: z.array(RunView).describe("Newest first, at most 100.") }));
export const RunDecisionRequest = named("RunDecisionRequest", z.strictObject({ reason: ReasonText, actor: ActorClaim }));
export const DecidedRunView = named(
  "DecidedRun",
  z.object({ run: RunView, queued: z.int().describe("Images that are judged again, and held where they still violate.") }),
);

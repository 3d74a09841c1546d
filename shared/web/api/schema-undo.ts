import * as z from "zod";
import { LEFT_KINDS, type LeftCode } from "../../domain/undo.ts";
import { ActorClaim, At, DigestText, NO_REASON, named, ReasonUnlessDry } from "./schema-parts.ts";

const LEFT_CODES = Object.keys(LEFT_KINDS) as [LeftCode, ...LeftCode[]];

export const UndoRequest = named(
  "UndoRequest",
  z
    .strictObject({
      action: z.string().max(1_000).optional().describe("Id of one action."),
      run: z.string().max(100).optional().describe("What was done for a run, or by an earlier undo."),
      policy: z
        .string()
        .regex(/^[0-9a-f]{6,12}$/, { error: "write at least six digits of the version" })
        .optional()
        .describe("What the verdicts of this version of the policy asked for; its beginning is enough."),
      since: At.optional().describe("What ended at or after this time."),
      plan: z.string().max(100).optional().describe("Hash of the plan that is agreed to; absent: answer with the plan and change nothing."),
      reason: ReasonUnlessDry,
      actor: ActorClaim,
    })
    .refine(({ action, run, policy, since }) => [action, run, policy, since].filter((given) => given !== undefined).length === 1, {
      error: "name one of action, run, policy and since",
    })
    .refine(({ plan, reason }) => plan === undefined || reason !== undefined, NO_REASON),
);

const Image = z.string().describe("registry/repository@digest");

const Result = z.object({
  kind: z.enum(["done", "left", "failed"]),
  at: At,
  action: z.string().optional().describe("The act that took it back."),
  notes: z.array(z.string()).optional(),
  code: z.string().optional(),
  why: z.string().optional(),
});

export const UndoStepView = named(
  "UndoStep",
  z.object({
    image: Image,
    tags: z.array(z.string()),
    verb: z.enum(["hold", "release", "retag"]).describe("What is done now."),
    takesBack: z.array(z.string()).describe("Ids of the actions, newest first."),
    changes: z
      .array(
        z.object({ tag: z.string(), from: z.union([DigestText, z.literal("absent")]), to: z.union([DigestText, z.literal("absent")]) }),
      )
      .optional()
      .describe("Of a retag."),
    notes: z.array(z.string()).describe("What a person should know before."),
    result: Result.optional().describe("Absent while the step waits."),
  }),
);

export const LeftActionView = named(
  "LeftAction",
  z.object({
    action: z.string(),
    image: Image,
    kind: z.enum(["cannot", "left"]).describe("cannot: past taking back. left: somebody or something decided otherwise since."),
    code: z.enum(LEFT_CODES),
    why: z.string(),
  }),
);

export const UndoPlanView = named(
  "UndoPlan",
  z.object({
    kind: z.literal("plan"),
    scope: z.string(),
    hash: z.string().describe("Send it as `plan` to agree to exactly this."),
    steps: z.array(UndoStepView).describe("In their order."),
    left: z.array(LeftActionView).describe("What is not taken back."),
    remarks: z.array(z.string()),
  }),
);

export const UndoView = named(
  "Undo",
  z.object({
    kind: z.literal("begun"),
    id: z.string(),
    scope: z.string(),
    by: z.string(),
    reason: z.string(),
    begunAt: At,
    endedAt: At.optional().describe("Absent while a step waits."),
    counts: z.object({ waiting: z.int(), done: z.int(), left: z.int(), failed: z.int() }),
    steps: z.array(UndoStepView).describe("Empty where only the counts were asked for."),
    left: z.array(LeftActionView),
    undo: z.string().describe("Command that takes it back."),
  }),
);

export const UndoAnswer = named("UndoAnswer", z.discriminatedUnion("kind", [UndoPlanView, UndoView]));

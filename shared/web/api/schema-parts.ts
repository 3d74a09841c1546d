import * as z from "zod";
import { STRENGTHS } from "../../domain/action.ts";
import { PULL_ANSWERS, PULL_WAYS } from "../../domain/probe.ts";
import { LOSS_CAUSES } from "../../domain/signed.ts";

/** Shapes with a name of their own in the OpenAPI document. */
export const components = z.registry<{ id: string }>();

export function named<T extends z.ZodType>(id: string, schema: T): T {
  components.add(schema, { id });
  return schema;
}

export const At = z.iso.datetime().describe("Time, RFC 3339 in UTC.");
export const DigestText = z.string().describe("Manifest digest, sha256:<hex> or sha512:<hex>.");

export const Published = z.object({
  at: At.describe("When the oldest of the attestations was made."),
  subjects: z.array(DigestText).describe("The image, and the children of an index."),
  manifests: z.array(DigestText).describe("Attestations that stand beside it; empty where none could be put there."),
  fault: z.string().optional().describe("Why the last step failed."),
});

export const SignatureLost = named(
  "SignatureLost",
  z.object({
    signers: z.array(z.string()).describe("Names under which it was accepted."),
    cause: z.enum(LOSS_CAUSES),
    at: At.describe("When it was noticed."),
    actor: z.string().optional().describe("Whom the registry named for it."),
  }),
);

// What every act takes.
export const ReasonText = z.string().trim().min(1).max(2_000).describe("Goes into the journal.");
export const ReasonUnlessDry = ReasonText.optional().describe("Goes into the journal; needed unless nothing is to be changed.");
/** Of a request that is to change something. */
export const NO_REASON = { path: ["reason"], error: "say why; it goes into the journal" };
export const ActorClaim = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .optional()
  .describe("Who asks, where the token is not of one person; the journal has it as a claim.");
export const DryRun = z.boolean().optional().describe("Answer with the plan and change nothing.");

export const OutcomeView = z.object({
  kind: z.enum(["applied", "superseded", "failed"]),
  at: At,
  strength: z.enum(STRENGTHS).optional(),
  notes: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional().describe("Of a retag: those that point where it wanted them."),
  probes: z
    .array(
      z.object({
        way: z.enum(PULL_WAYS),
        host: z.string(),
        isReplica: z.literal(true).optional(),
        reference: z.string(),
        answer: z.enum(PULL_ANSWERS),
        why: z.string().optional(),
      }),
    )
    .optional()
    .describe("What a puller was told after a hold, way by way."),
  code: z.string().optional(),
  why: z.string().optional(),
});

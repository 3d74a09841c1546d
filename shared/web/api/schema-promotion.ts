import * as z from "zod";
import { Image, Reason } from "./schema.ts";
import { Done, Plan } from "./schema-acted.ts";
import { ActorClaim, DryRun, named, ReasonText } from "./schema-parts.ts";

export const PromoteRequest = named(
  "PromoteRequest",
  z.strictObject({
    image: z.string().max(1_000).describe("registry/repository:tag or registry/repository@digest"),
    to: z.string().max(128).describe("The tag that is to point at it."),
    reason: ReasonText.optional(),
    actor: ActorClaim,
    dryRun: DryRun,
  }),
);
const There = named(
  "There",
  z.object({ kind: z.literal("there"), image: Image, to: z.string() }).describe("The image complies, and the tag points at it already."),
);
export const Barred = named(
  "Barred",
  z
    .object({
      kind: z.literal("barred"),
      image: z.string().describe("registry/repository@digest"),
      to: z.string(),
      verdict: z
        .enum(["violating", "indeterminate", "unasked"])
        .describe("Judged now, as if it bore the tag. unasked: it complies only because no rule is for it."),
      policy: z.object({ name: z.string(), version: z.string(), mode: z.enum(["enforce", "dry-run"]) }),
      reasons: z.array(Reason),
    })
    .describe("It would not be promoted; the answer to a dry run alone."),
);
export const Promotion = named("Promotion", z.discriminatedUnion("kind", [Done, Plan, There, Barred]));

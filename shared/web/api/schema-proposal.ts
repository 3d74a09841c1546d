import * as z from "zod";
import { GUARDED_ACTS, PROPOSAL_STATES } from "../../domain/proposal.ts";
import { ActorClaim, At, named, ReasonText } from "./schema-parts.ts";

export const ProposalView = named(
  "Proposal",
  z.object({
    id: z.string(),
    act: z.enum(GUARDED_ACTS),
    subject: z.string().describe("The run, for brake-approve; empty for resume."),
    summary: z.string().describe("What would be done, as it stood when it was asked for."),
    content: z.string().describe("Hash of all that it is about: it is confirmed as it was seen, or not at all."),
    by: z.string(),
    reason: z.string(),
    at: At,
    expiresAt: At.describe("From then on it cannot be confirmed any more."),
    state: z.enum(PROPOSAL_STATES).describe("void: what it was about has changed."),
    decided: z.object({ at: At, by: z.string(), reason: z.string() }).optional(),
  }),
);
export const ProposalList = named("ProposalList", z.object({ proposals: z.array(ProposalView).describe("Newest first, at most 100.") }));
export const ProposalRequest = named("ProposalRequest", z.strictObject({ reason: ReasonText, actor: ActorClaim }));

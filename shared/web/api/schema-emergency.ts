import * as z from "zod";
import { STRENGTHS } from "../../domain/action.ts";
import { RUN_STATES } from "../../domain/run.ts";
import { DISPOSITIONS, PROGRESS_KINDS } from "../../ports/emergency.ts";
import { ActorClaim, At, DigestText, named, ReasonText } from "./schema-parts.ts";

const query = z
  .string()
  .min(1)
  .max(1_000)
  .describe(
    "What is concerned: an image or digest (with everywhere), a vulnerability (CVE-2021-44228), a package (log4j-core@<2.15.0, pkg:maven/...) or a base image (base:docker.io/library/debian:12).",
  );
const everywhere = z
  .boolean()
  .optional()
  .describe("An image stands for its digest in every registry and repository, and for indexes with it.");
const inUse = z.boolean().optional().describe("Hold also what runs, was pulled lately, or may run.");

export const EmergencyAsk = named("EmergencyAsk", z.strictObject({ query, everywhere, inUse }));
export const EmergencyStart = named(
  "EmergencyStart",
  z.strictObject({
    query,
    everywhere,
    inUse,
    list: DigestText.describe("Of the list that was shown; refused where it is another by now."),
    reason: ReasonText,
    actor: ActorClaim,
  }),
);

const Place = { image: z.string().describe("registry/repository@digest"), tags: z.array(z.string()) };

const ConcernedImageView = named(
  "ConcernedImage",
  z.object({
    ...Place,
    kind: z.enum(["image", "index"]),
    verdict: z.enum(["compliant", "violating", "indeterminate", "none"]),
    pushedBy: z.string().optional(),
    facts: z.array(z.object({ what: z.string(), by: z.string(), at: z.union([At, z.literal("unknown")]), child: DigestText.optional() })),
    use: z.enum(["running", "pulled", "not-running", "unknown"]),
    useWords: z.string().describe("Where it runs, who pulled it, or why nobody knows."),
    disposition: z.enum(DISPOSITIONS).describe("What becomes of it; all but hold are left as they are."),
    releasedBy: z.object({ name: z.string(), reason: z.string() }).optional().describe("A person released it by hand."),
  }),
);

export const EmergencyListView = named(
  "EmergencyList",
  z.object({
    query: z.string(),
    inUse: z.boolean(),
    alsoKnownAs: z.array(z.string()).describe("Other names of the vulnerability that were looked for too."),
    list: DigestText.describe("Name it to start what is shown here."),
    images: z.array(ConcernedImageView).describe("In use first."),
    unsure: z
      .array(z.object({ ...Place, kind: z.enum(["not-known", "old"]), why: z.string() }))
      .describe("Images of which nobody can say that they are not concerned."),
    clear: z.int().describe("Images that are not concerned."),
    stopsAfter: z.int().optional().describe("The brake stops after so many holds and asks; absent where it is off."),
    rule: z.string().describe("YAML: entries for rules of a policy that keep the same out from now on."),
  }),
);

const Brief = {
  run: z.string(),
  query: z.string(),
  inUse: z.boolean(),
  actor: z.object({ name: z.string(), reason: z.string() }),
  startedAt: At,
  endedAt: At.optional().describe("When everything was settled."),
  toHold: z.int(),
  leftAtStart: z.record(z.string(), z.int()).describe("Concerned images that were left as they are, by why."),
  notKnown: z.int().describe("Images of which nothing, or nothing recent, was known."),
};

export const EmergencyBrief = named("EmergencyBrief", z.object(Brief));
export const EmergencyBriefs = named("EmergencyBriefs", z.object({ emergencies: z.array(EmergencyBrief).describe("Newest first.") }));

export const EmergencyReportView = named(
  "EmergencyReport",
  z.object({
    ...Brief,
    state: z.enum(RUN_STATES).describe("stopped: the brake waits for an answer."),
    counts: z.object({ underWay: z.int(), held: z.int(), waiting: z.int(), failed: z.int(), left: z.int(), gone: z.int() }),
    progress: z.array(
      z.object({ image: z.string(), kind: z.enum(PROGRESS_KINDS), why: z.string().optional(), strength: z.enum(STRENGTHS).optional() }),
    ),
    undo: z.string().describe("Command that takes the holds back."),
  }),
);

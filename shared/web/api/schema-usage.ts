import * as z from "zod";
import { type Digest, isDigest } from "../../domain/digest.ts";
import { isRepository, type Repository } from "../../domain/image-ref.ts";
import { ActorClaim, At, DigestText, named, ReasonText } from "./schema-parts.ts";

// What a stranger's cluster says is shown to people: no control characters, no lengths without end.
const nameText = z.string().regex(/^[^\p{Cc}]{1,500}$/u, { error: "use 1 to 500 characters that can be printed" });
const place = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, { error: "use at most 63 lower-case letters, digits, dots and dashes" });
const workload = z.strictObject({
  name: nameText.describe("shop/Deployment/api, a service, a function."),
  owner: nameText.optional().describe("Whom to tell."),
});
const MOST = 100_000;

const text = <T extends string>(is: (value: string) => value is T, error: string) =>
  z
    .string()
    .max(255)
    .refine((value) => is(value), { error });

export const UsageReportRequest = named(
  "UsageReport",
  z.strictObject({
    place: place.describe("As usage.places of the settings name it."),
    seenAt: At.describe("When the list was begun."),
    images: z
      .array(
        z.strictObject({
          digest: text((value): value is Digest => isDigest(value), "write sha256:<hex> or sha512:<hex>"),
          workloads: z
            .tuple([workload], workload)
            .refine((some) => some.length <= 100, { error: "name at most 100 workloads of one image" }),
        }),
      )
      .max(MOST)
      .refine((images) => new Set(images.map(({ digest }) => digest)).size === images.length, { error: "name each digest once" })
      .describe("All that runs there: what is in no list does not."),
    unmatched: z
      .array(
        z.strictObject({
          workload,
          repository: text((value): value is Repository => isRepository(value), "write a repository without its registry").optional(),
        }),
      )
      .max(MOST)
      .describe("Workloads of whose image the digest is not known, with its name where it has one."),
    nothingRuns: z.boolean().optional().describe("Says of a report without any workload that it is meant so."),
  }),
);

export const StoredUsageView = named(
  "StoredUsage",
  z.object({
    images: z.int(),
    unmatched: z.int(),
    ended: z.int().describe("Images that the place ran before and runs no more."),
    queued: z.int().describe("Those of them that had a deadline and are judged again."),
  }),
);

export const PlaceView = z.object({
  name: z.string(),
  isExpected: z.boolean().describe("Whether the settings name it; what others said counts until it is forgotten."),
  seenAt: z.union([At, z.literal("never")]),
  images: z.int(),
  unmatched: z.int().describe("Workloads whose image's digest it did not say."),
  isSilent: z.boolean().describe("Expected, and without a word that is young enough."),
});
export const PlaceList = named("Places", z.object({ places: z.array(PlaceView) }));

const workloads = z.array(z.object({ name: z.string(), owner: z.string().optional() }));
export const ImageUseView = named(
  "ImageUse",
  z.object({
    image: z.string().describe("registry/repository@digest"),
    use: z.enum(["running", "pulled", "not-running", "unknown"]).describe("Only not-running is a proof."),
    why: z.string().optional().describe("Why it is not known."),
    at: At.optional().describe("Of the last pull, or of the oldest of the reports that prove it."),
    pulledFrom: z.string().optional(),
    seen: z
      .array(z.object({ place: z.string(), seenAt: At, workloads, unmatched: workloads }))
      .describe("What each place said last. Unmatched workloads may run it."),
  }),
);
export const UsageOfDigest = named("UsageOfDigest", z.object({ digest: DigestText, uses: z.array(ImageUseView) }));
export const ForgetRequest = named("ForgetRequest", z.strictObject({ reason: ReasonText, actor: ActorClaim }));
export const ForgottenPlace = named("ForgottenPlace", z.object({ place: z.string(), queued: z.int() }));

import * as z from "zod";
import { At, DigestText, named } from "./schema-parts.ts";

const Mode = z.enum(["enforce", "dry-run"]);
const Verdicts = z.object({ compliant: z.int(), violating: z.int(), indeterminate: z.int() });
const UseView = z
  .object({ running: z.int(), pulled: z.int().describe("Lately."), notRunning: z.int(), unknown: z.int() })
  .describe("By what is known of who runs them; unknown counts as in use.");

const Numbers = z.object({
  images: z.int(),
  verdicts: Verdicts,
  hold: z.int().describe("Would be held at once."),
  deadline: z.int().describe("Violate and would get a deadline, as they are in use or nobody knows."),
  decided: z.int().describe("Held already, or a person decided otherwise."),
});

export const TakeOverView = named(
  "TakeOver",
  z.object({
    registry: z.string(),
    state: z
      .enum(["taking-over", "in-charge"])
      .describe("taking-over: nothing is held until somebody has seen what would be and confirmed it."),
    since: At,
    how: z.enum(["empty", "known-before", "at-once", "confirmed"]).optional().describe("Why the gate is in charge."),
    by: z.string().optional().describe("Who confirmed it."),
    run: z.string().optional().describe("What its images are judged as."),
    mode: Mode.describe("As the settings have it."),
    listing: z
      .object({
        state: z.enum(["not-asked", "reading", "fault", "read"]),
        tags: z.int().optional(),
        at: At.optional(),
        why: z.string().optional().describe("Why what lies there could not be listed."),
      })
      .optional(),
    images: z.int().describe("Judged, and there."),
    verdicts: Verdicts,
    withoutFindings: z.int().describe("That nobody has scanned."),
    open: z.int().describe("Found and not judged yet, or being judged again."),
    parked: z.int().describe("Given up."),
    seen: z.object({ at: At, by: z.string(), policy: z.string(), numbers: Numbers }).optional().describe("The plan that was seen last."),
    next: z.string().optional().describe("The next command; absent where nothing has to be done."),
  }),
);
export const TakeOverList = named("TakeOverList", z.object({ registries: z.array(TakeOverView) }));

const Objection = z.object({ why: z.string(), mend: z.string() });

export const TakeOverPlanView = named(
  "TakeOverPlan",
  z.object({
    registry: z.string(),
    at: At,
    policy: z.object({ name: z.string(), version: z.string() }),
    numbers: Numbers,
    use: UseView.describe("Of the images that violate."),
    holds: z.array(z.string()).describe("Every image that would be held: registry/repository@digest."),
    unjudged: z.int().describe("Given up: nothing is known of them. They are met again as part of the run."),
    simulation: z
      .record(z.string(), z.unknown())
      .describe("What changes by rule, team and repository, as moorgate simulate --json prints it."),
    report: z.string().describe("The same in words."),
    objection: Objection.optional().describe("Why it cannot be confirmed as it is, and what to do first."),
  }),
);
export const TakeOverPlanRequest = named(
  "TakeOverPlanRequest",
  z.strictObject({ actor: z.string().trim().min(1).max(200).optional().describe("Who looks at it, beside the name of a shared token.") }),
);
export const TakenOverView = named(
  "TakenOver",
  z.object({
    registry: z.string(),
    run: z.string().describe("The run that its images are judged again as."),
    queued: z.int().describe("Images that are judged again, and held or given a deadline where they still violate."),
    numbers: Numbers,
  }),
);

export const ScanListView = named(
  "ScanList",
  z.object({
    registry: z.string(),
    images: z
      .array(
        z.object({
          reference: z.string().describe("registry/repository@digest, to be given to a scanner."),
          digest: DigestText.describe("To be given with the report."),
          tags: z.array(z.string()),
          use: z.enum(["running", "pulled", "not-running", "unknown"]),
          newestAt: At.describe("When it was built, by its own word; else when the gate first met it."),
        }),
      )
      .describe("In use first, then newest."),
    total: z.int().describe("All that nobody has scanned; the list may be shorter."),
    use: UseView,
    others: z.object({ pending: z.int(), failed: z.int(), unsupported: z.int(), stale: z.int(), unavailable: z.int() }),
    size: z.object({
      bytes: z.int().describe("Compressed, each layer once, of the images in the list."),
      layers: z.int(),
      unknown: z.int().describe("Images whose manifest was not read."),
    }),
  }),
);

import * as z from "zod";
import { RunView } from "./schema.ts";
import { At, named } from "./schema-parts.ts";

const Limits = z.object({
  images: z.int().describe("Of one run."),
  perHour: z.int().describe("Of all runs."),
  ofRepository: z.int().describe("Percent of what a repository serves."),
  lastTag: z.boolean(),
  lastCompliant: z.boolean(),
  pulledWithin: z.int().optional().describe("Milliseconds; absent: it does not matter when an image was pulled."),
  protected: z.array(z.string()),
});

const USES = ["running", "pulled", "not-running", "unknown"] as const;

export const BrakeView = named(
  "Brake",
  z.object({
    limits: Limits.optional().describe("Absent: the brake is off."),
    halted: z.object({ since: At, by: z.string(), reason: z.string() }).optional().describe("Absent: the gate acts."),
    heldInHour: z.int().describe("Holds of all runs in the last hour."),
    untold: z.array(z.string()).describe("Registries that never told of a pull: pulledWithin means nothing there."),
    waiting: z
      .array(
        z.object({
          run: RunView,
          images: z
            .array(z.object({ image: z.string(), tags: z.array(z.string()), use: z.enum(USES) }))
            .describe("In use first; at most 100."),
          uses: z.object({ running: z.int(), pulled: z.int(), "not-running": z.int(), unknown: z.int() }),
        }),
      )
      .describe("Runs that were stopped and wait for an answer."),
  }),
);

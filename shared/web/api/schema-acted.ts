import * as z from "zod";
import { ActionView, Image } from "./schema.ts";
import { named } from "./schema-parts.ts";

// What comes of an act that a person asks for.

export const Done = named(
  "Done",
  z.object({ kind: z.literal("done"), action: ActionView, image: Image, undo: z.string().describe("Command that takes it back.") }),
);
export const Plan = named(
  "Plan",
  z.object({
    kind: z.literal("plan"),
    action: ActionView.optional().describe("Absent where nothing is done at the registry, and what a person wants is written down alone."),
    sentences: z.array(z.string()),
  }),
);
const Already = named(
  "Already",
  z
    .object({ kind: z.literal("there"), image: Image })
    .describe("It is held, or free, already. Where the image has an override, it stays so whatever the policy says."),
);
export const Acted = named("Acted", z.discriminatedUnion("kind", [Done, Plan, Already]));

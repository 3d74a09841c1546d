import * as z from "zod";
import { ActorClaim, At, named, ReasonText } from "./schema-parts.ts";
import { PlaceView } from "./schema-usage.ts";

const Halted = named(
  "Halted",
  z.object({ since: At, by: z.string(), reason: z.string() }).describe("The gate judges and tells, and changes nothing of itself."),
);
export const SwitchRequest = named("SwitchRequest", z.strictObject({ reason: ReasonText, actor: ActorClaim }));
export const SwitchedView = named(
  "Switched",
  z.object({
    halted: Halted.optional().describe("Absent where the gate acts."),
    queued: z.int().describe("Images that are judged again, for the gate was kept from acting on them."),
  }),
);

const AtOrNever = z.union([At, z.enum(["never", "unknown"])]).describe("unknown: other processes than the one that answers know it.");

export const StatusView = named(
  "Status",
  z.object({
    version: z.string(),
    startedAt: At,
    halted: Halted.optional().describe("Absent where the gate acts."),
    policy: z.object({ name: z.string(), version: z.string(), mode: z.enum(["enforce", "dry-run"]), file: z.string() }),
    registries: z.array(
      z.object({
        host: z.string(),
        provider: z.string(),
        mode: z.enum(["enforce", "dry-run"]),
        holdStrength: z.string(),
        takeOver: z
          .object({ judged: z.int(), found: z.int(), fault: z.string().optional(), next: z.string().describe("The next command.") })
          .optional()
          .describe("While it is being taken over: nothing is held there."),
        lastEventAt: AtOrNever,
        lastSweepAt: AtOrNever,
      }),
    ),
    sinks: z.array(
      z.object({
        name: z.string(),
        state: z.enum(["active", "paused", "disabled"]),
        waiting: z.int(),
        dead: z.int(),
        lastError: z.string().optional(),
      }),
    ),
    feeds: z.array(
      z.object({
        name: z.enum(["knownExploited", "exploitPrediction", "withdrawn"]),
        source: z.string(),
        digest: z.string().optional(),
        madeAt: At.optional().describe("When its publisher made the snapshot in use; absent where none was ever read."),
        checkedAt: At.optional(),
        entries: z.int().optional(),
        fault: z.string().optional().describe("Why the last try failed; the snapshot before stays in use."),
      }),
    ),
    trustRoots: z.array(
      z.object({
        name: z.string(),
        source: z.string(),
        isRead: z.boolean().describe("Whether there is a trusted root to verify with."),
        checkedAt: At.optional().describe("When the mirror last confirmed it."),
        expiresAt: At.optional().describe("When the mirror's word for it ends; it stays in use after that."),
        fault: z.string().optional().describe("Why the last try failed; the root before stays in use."),
      }),
    ),
    places: z.array(PlaceView).describe("Where images run, as far as it is told."),
    queue: z.object({ waiting: z.int(), running: z.int(), parked: z.int() }),
    images: z.object({ total: z.int(), held: z.int(), compliant: z.int(), violating: z.int(), indeterminate: z.int() }),
  }),
);

import * as z from "zod";
import { SEVERITIES } from "../../domain/severity.ts";
import { parseDuration } from "../../domain/time.ts";
import { closed, duration, READ_ONCE } from "../field.ts";

const longest = (length: string) => duration().default(parseDuration(length));

/** What the policy demands of waivers. */
export const WAIVER_SETTINGS = closed({
  longest: closed({
    critical: longest("30d"),
    high: longest("90d"),
    medium: longest("180d"),
    low: longest("365d"),
    negligible: longest("365d"),
  })
    .prefault({})
    .describe(
      "How long a waiver lasts at most, counted from createdAt, by the severity of what it waives. A longer one ends earlier for the more severe.",
    ),
  warnBefore: duration().default(parseDuration("14d")).describe("How long before its end a waiver is told to be ending."),
  secondApprovalFor: z
    .array(z.enum(SEVERITIES))
    .default([])
    .describe("Severities of which a waiver needs secondApprovedBy; without it the waiver is void for them."),
  requireTicket: z.boolean().default(false).describe("Whether every waiver has to name a ticket."),
});

export type WaiverSettings = Readonly<z.output<typeof WAIVER_SETTINGS>>;

/** Where the policy says nothing of them. */
export function defaultWaiverSettings(): WaiverSettings {
  return WAIVER_SETTINGS.parse({}, READ_ONCE);
}

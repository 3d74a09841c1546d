import * as z from "zod";
import { type Duration, parseDuration } from "../domain/time.ts";
import type { ExpectedPlace } from "../domain/usage.ts";
import { closed, duration } from "../policy/field.ts";

export interface UsageSettings {
  readonly places: readonly ExpectedPlace[];
  readonly pulledWithin: Duration;
  /** Names under which registries tell of scanners. */
  readonly scanners: readonly string[];
}

const PULLED_WITHIN = "1h";

export const NO_PLACES: UsageSettings = { places: [], pulledWithin: parseDuration(PULLED_WITHIN), scanners: [] };

const PLACE = z.lazy(() =>
  closed({
    name: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, { error: "use at most 63 lower-case letters, digits, dots and dashes" })
      .describe("The name that the place reports under: a cluster, an account."),
    reporter: z
      .string()
      .min(1)
      .optional()
      .describe("Who under people reports for it; anybody with the role reporter where it is left out."),
    maxAge: duration().prefault("1h").describe("How old its last report may be; afterwards nobody knows what it runs."),
  }).transform(({ reporter, ...place }): ExpectedPlace => ({ ...place, ...(reporter === undefined ? {} : { reporter }) })),
);

export const USAGE = closed({
  places: z
    .array(PLACE)
    .refine((places) => new Set(places.map(({ name }) => name)).size === places.length, { error: "name each place once" })
    .default([])
    .describe("Every place that runs images: only when all of them have reported lately is it known that nobody runs one."),
  pulledWithin: duration().prefault(PULLED_WITHIN).describe("Who pulled an image within this time may run it."),
  scanners: z.array(z.string().min(1)).default([]).describe("Names under which registries tell of scanners; what these pull runs nowhere."),
});

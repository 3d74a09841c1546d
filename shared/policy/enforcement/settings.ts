import * as z from "zod";
import { type Duration, parseDuration } from "../../domain/time.ts";
import { closed, duration } from "../field.ts";

const term = (length: string) => duration().default(parseDuration(length));

const TERMS = closed({
  knownExploited: term("3d"),
  critical: term("7d"),
  high: term("30d"),
  medium: term("90d"),
  low: term("180d"),
  negligible: term("180d"),
});

type Terms = z.output<typeof TERMS>;

function sameForAll(length: Duration): Terms {
  return { knownExploited: length, critical: length, high: length, medium: length, low: length, negligible: length };
}

const IN_USE = closed({
  deadline: z
    .union([duration().transform(sameForAll), TERMS])
    .prefault({})
    .describe(
      "How long an image that is in use may go on violating, from when the reason was first met: by the severity of the reason, and for what is known to be exploited whatever its severity. One length (7d) is for all. The first that ends decides.",
    ),
  afterwards: z
    .enum(["tell", "hold"])
    .default("tell")
    .describe(
      "What comes when the deadline is over and the image may still be in use. tell: it stays as it is, and that is told. hold: it is held, also where that cuts something that runs.",
    ),
  newFor: duration()
    .default(parseDuration("1d"))
    .describe(
      "For how long after its push an image is new: until then, and until it complied once, it is held at once unless somebody is known to run it. 0s: nothing counts as new.",
    ),
});

/** What becomes of an image that the policy would hold. */
export const ENFORCEMENT_SETTINGS = closed({
  inUse: IN_USE.prefault({}).describe(
    "What becomes of a violating image that something runs. As long as it is not known whether anything does, something might. No longer in use, it is held.",
  ),
});

export type EnforcementSettings = Readonly<z.output<typeof ENFORCEMENT_SETTINGS>>;

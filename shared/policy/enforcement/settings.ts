import * as z from "zod";
import { isTag } from "../../domain/image-ref.ts";
import { readMarkTemplate } from "../../domain/mark.ts";
import { type Duration, parseDuration } from "../../domain/time.ts";
import { closed, duration } from "../field.ts";
import { patternProblem } from "../select.ts";

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
const tagPattern = (meaning: string) =>
  z
    .string()
    .check((context) => {
      const mend = context.value === "*" ? undefined : patternProblem("tag", context.value);
      if (mend !== undefined) context.issues.push({ code: "custom", input: context.value, message: mend });
    })
    .describe(meaning);

const releaseTag = z
  .string()
  .refine(isTag, { error: "write a tag without *: letters, digits, dots, dashes and underscores, at most 128" })
  .describe("Release tag. It is moved forward alone: never to an image that was pushed before one that it pointed at.");

const markTemplate = z
  .string()
  .transform((text, context) => {
    const template = readMarkTemplate(text);
    if (template !== undefined) return template;
    context.issues.push({ code: "custom", input: text, message: "write {tag} once and something around it, such as {tag}-violating" });
    return z.NEVER;
  })
  .prefault("{tag}-violating")
  .describe("The tag beside. {tag} stands for each tag of the image; what would be longer than 128 characters is cut and ends in a hash.");

export const ENFORCEMENT_SETTINGS = closed({
  onViolation: z
    .enum(["hold", "mark", "warn"])
    .default("hold")
    .describe(
      "What becomes of a violating image. hold: nobody can pull it. mark: a tag beside each of its tags says that it violates, and it stays where it is. warn: it is told, and nothing is changed. What was held before is released under mark and warn.",
    ),
  mark: markTemplate,
  rollBack: z
    .array(tagPattern("Tag; * stands for any text."))
    .default([])
    .describe(
      "Tags that are moved away from a violating image, to the image that they pointed at last and that complies now. Where there is none, nothing is moved. They come back with compliance or a release, unless somebody has moved them meanwhile.",
    ),
  promote: z
    .array(closed({ from: tagPattern("Tag that an image was pushed with; * stands for any text."), to: releaseTag }))
    .default([])
    .describe("Release tags that are set on a compliant image which bears a matching tag. The newest wins."),
  deleteHeldAfter: duration()
    .optional()
    .describe(
      "How long what the policy holds lies in quarantine until it is deleted for ever, where it still violates and is known to run nowhere. Nothing brings it back. What was held by hand, is protected by the brake, or may be in use, stays. Left out: nothing is ever deleted.",
    ),
  inUse: IN_USE.prefault({}).describe(
    "What becomes of a violating image that something runs. As long as it is not known whether anything does, something might. No longer in use, it is held.",
  ),
});

export type EnforcementSettings = Readonly<z.output<typeof ENFORCEMENT_SETTINGS>>;

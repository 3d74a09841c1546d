import * as z from "zod";
import { ParseError } from "../domain/parse-error.ts";
import { type Duration, parseDuration } from "../domain/time.ts";
import { patternProblem } from "./select.ts";

/**
 * An object without further keys. By agreement with `problem.ts`, the error text of an unknown key lists the known ones, and that of any other
 * check is the mend.
 */
export function closed<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(" ");
  return z.strictObject(shape, { error: (issue) => (issue.code === "unrecognized_keys" ? known : undefined) });
}

/** `30s`, `15m`, `24h`, `7d`, `2w`. */
export function duration(): z.ZodPipe<z.ZodString, z.ZodTransform<Duration, string>> {
  return z
    .string()
    .regex(/^\d{1,9}(ms|s|m|h|d|w)$/, { abort: true, error: "write a number and a unit: 30s, 15m, 24h, 7d, 2w" })
    .transform((text, context) => {
      try {
        return parseDuration(text);
      } catch (error) {
        if (!(error instanceof ParseError)) throw error;
        context.issues.push({ code: "custom", input: text, message: error.mend });
        return z.NEVER;
      }
    });
}

/** Names that people give to rules and keys; they stand in reasons and events. */
export function name(doc: string): z.ZodString {
  return z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "use up to 63 lower-case letters, digits and dashes" })
    .describe(doc);
}

const patterns = (field: "registry" | "repository" | "tag", doc: string) => {
  const pattern = z.string().superRefine((text, context) => {
    const problem = patternProblem(field, text);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });
  return z
    .union([pattern, z.array(pattern).min(1, { error: "name at least one pattern, or leave the list out" })])
    .transform((given): readonly string[] => (typeof given === "string" ? [given] : given))
    .optional()
    .describe(doc);
};

/** The fields of every rule. */
export const COMMON_FIELDS = {
  id: name("Name of the rule, unique in the file; it stands in every reason."),
  level: z
    .enum(["enforce", "warn", "audit"])
    .default("enforce")
    .describe("enforce: a violation makes the image violating. warn, audit: it is listed and changes nothing."),
  whenUnknown: z
    .enum(["warn", "hold"])
    .default("warn")
    .describe(
      "What to do while the evidence is missing (verdict indeterminate). warn: leave the image as it is. hold: hold it until the evidence is there. Nothing is ever deleted.",
    ),
  select: closed({
    registry: patterns("registry", "Registry hosts. * stands for any text."),
    repository: patterns(
      "repository",
      "Repositories. * stands for any text within one path part, ** for any number of whole parts, also none.",
    ),
    tag: patterns("tag", "Tags. Applies when any tag of the digest fits; an image without tags fits none. * stands for any text."),
  })
    .prefault({})
    .describe("Which images the rule is for. A field that is left out selects everything."),
} as const;

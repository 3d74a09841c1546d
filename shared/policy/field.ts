import * as z from "zod";
import { ParseError } from "../domain/parse-error.ts";
import { type Duration, type Instant, parseDuration, parseInstant } from "../domain/time.ts";
import { type NameField, patternProblem } from "./select.ts";

/**
 * An object without further keys. By agreement with `problem.ts`, the error text of an unknown key lists the known ones, and that of any other
 * check is the mend.
 */
export function closed<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(" ");
  return z.strictObject(shape, { error: (issue) => (issue.code === "unrecognized_keys" ? known : undefined) });
}

/** For what is read once: zod would make code of each object first, which takes longer than to read the object without. */
export const READ_ONCE = { jitless: true } as const;

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

/** @throws ParseError */
function parseDate(text: string): Instant {
  return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
}

/** The same of a plain value that no schema has seen; `undefined` where it is no date. */
export function readDate(value: unknown): Instant | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return parseDate(value);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

/** `2026-12-15`, which is the start of that day in UTC, or a whole RFC 3339 time. */
export function date(): z.ZodPipe<z.ZodString, z.ZodTransform<Instant, string>> {
  return z.string().transform((text, context) => {
    try {
      return parseDate(text);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      context.issues.push({
        code: "custom",
        input: text,
        message: "write a day that the calendar has, such as 2026-12-15, or a time such as 2026-12-15T08:00:00Z",
      });
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

const list = <Item extends z.ZodType<string>>(item: Item) =>
  z
    .union([item, z.array(item).min(1, { error: "name at least one, or leave the list out" })])
    .transform((given): readonly string[] => (typeof given === "string" ? [given] : given));

/** One pattern of an image's name or several. */
export const patterns = (field: NameField, doc: string) =>
  list(
    z.string().superRefine((text, context) => {
      const problem = patternProblem(field, text);
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    }),
  )
    .optional()
    .describe(doc);

const WORD = z.string().min(1, { error: "write a text" }).max(256, { error: "write at most 256 characters" });

/** One text or several. */
export const words = (doc: string) => list(WORD).optional().describe(doc);

/** What images are chosen by, apart from teams. */
export const NAMED_SELECTION = {
  registry: patterns("registry", "Registry hosts. * stands for any text."),
  repository: patterns(
    "repository",
    "Repositories. * stands for any text within one path part, ** for any number of whole parts, also none.",
  ),
  tag: patterns("tag", "Tags. Applies when any tag of the digest fits; an image without tags fits none. * stands for any text."),
  labels: z
    .record(WORD, list(WORD))
    .optional()
    .describe("Labels of the image's configuration, each with the values that fit; * for any. Whoever builds an image writes its labels."),
} as const;

export const SELECTION = { ...NAMED_SELECTION, team: words("Names of teams that the policy lists under teams.") } as const;

/** The fields of every rule. */
export const COMMON_FIELDS = {
  id: name("Name of the rule, unique in the file; it stands in every reason."),
  level: z
    .enum(["enforce", "warn", "audit"])
    .default("enforce")
    .describe("enforce: a violation makes the image violating. warn, audit: it is listed and changes nothing."),
  enforceFrom: date()
    .optional()
    .describe("The rule only warns before this day, and is enforced from then on: 2026-12-15 (its start in UTC), or a whole time."),
  locked: z.boolean().optional().describe("Whether no narrower file may replace the rule by one with the same id."),
  whenUnknown: z
    .union([
      z.enum(["warn", "hold"]),
      closed({
        wait: duration().describe("Counted from when the image was first seen."),
        // oxlint-disable-next-line unicorn/no-thenable -- a schema, which nobody awaits
        then: z.literal("hold").describe("What to do after that."),
      }),
    ])
    .default("warn")
    .describe(
      "What to do while the evidence is missing (verdict indeterminate). warn, the default: leave the image as it is, as an outage of a scanner must not stop what runs. hold: hold it until the evidence is there. { wait: 2h, then: hold }: leave it for that long after it was first seen, then hold it. Nothing is ever deleted.",
    ),
  select: closed(SELECTION).prefault({}).describe("Which images the rule is for. A field that is left out selects everything."),
} as const;

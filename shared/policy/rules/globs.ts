import * as z from "zod";
import { matchesGlob, patternProblem } from "../select.ts";

const PATTERN = z.string().min(1, { error: "write a pattern" }).max(256, { error: "write at most 256 characters" });

/** One pattern or a list of them. `*` stands for any text within one part between slashes, `**` for any number of whole parts. */
export function globs(doc: string) {
  return z
    .union([PATTERN, z.array(PATTERN).min(1, { error: "name at least one pattern, or leave the list out" })])
    .transform((given): readonly string[] => (typeof given === "string" ? [given] : given))
    .describe(doc);
}

/** The same for what images are called, held to the letters that such names can have. */
export function nameGlobs(field: "registry" | "repository" | "tag", doc: string) {
  const pattern = PATTERN.superRefine((text, context) => {
    const problem = patternProblem(field, text);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });
  return z
    .union([pattern, z.array(pattern).min(1, { error: "name at least one pattern, or leave the list out" })])
    .transform((given): readonly string[] => (typeof given === "string" ? [given] : given))
    .describe(doc);
}

export function fits(patterns: readonly string[] | undefined, text: string): boolean {
  return patterns?.some((pattern) => fitsOne(pattern, text)) === true;
}

// Most texts differ before the first star already. The slash before `**` need not be there.
function fitsOne(pattern: string, text: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === text;
  const start = pattern[star - 1] === "/" ? star - 1 : star;
  return text.startsWith(pattern.slice(0, start)) && matchesGlob(pattern, text);
}

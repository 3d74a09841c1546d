import * as z from "zod";
import type { BrakeLimits, ProtectedImages } from "../domain/brake.ts";
import { closed, duration } from "../policy/field.ts";
import { patternProblem } from "../policy/select.ts";

const MOST = 1_000_000_000;

/** The last colon begins the tag: a repository's path has none. */
function readProtected(text: string): ProtectedImages {
  const colon = text.lastIndexOf(":");
  return colon < 0 ? { repository: text } : { repository: text.slice(0, colon), tag: text.slice(colon + 1) };
}

const PROTECTED = z.lazy(() =>
  z
    .string()
    .superRefine((text, context) => {
      const { repository, tag } = readProtected(text);
      const problem = repositoryProblem(repository) ?? (tag === undefined ? undefined : patternProblem("tag", tag));
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    })
    .transform(readProtected),
);

/** Here everything may be meant, for a tag of every repository: `**:stable`. */
function repositoryProblem(pattern: string): string | undefined {
  return pattern === "**" ? undefined : patternProblem("repository", pattern);
}

export const BRAKE = closed({
  images: z.int().min(0).max(MOST).default(20).describe("How many images one run may hold."),
  perHour: z.int().min(0).max(MOST).default(60).describe("How many images all runs together may hold within an hour."),
  ofRepository: z
    .string()
    .regex(/^(100|[1-9]?\d)%$/, { error: "write a whole number of percent: 50%" })
    .default("50%")
    .describe("How much of what a repository serves one run may hold."),
  lastTag: z.boolean().default(true).describe("Whether a run stops before it takes the last image with a tag from a repository."),
  lastCompliant: z
    .boolean()
    .default(true)
    .describe("Whether a run stops where no other image with a tag that complies would be left in the repository to go back to."),
  pulledWithin: z
    .union([z.literal("off"), duration()], { error: "write off, or a time such as 7d" })
    .prefault("7d")
    .describe(
      "Whether a run stops before it holds what somebody pulled within this time. It means nothing in a registry that tells of no pulls.",
    ),
  protected: z
    .array(PROTECTED)
    .default([])
    .describe(
      "Images that no run holds without asking: patterns of repositories, with one for the tag after a colon, such as prod/**:stable.",
    ),
});

export function brakeLimits(brake: z.output<typeof BRAKE> | "off"): BrakeLimits | "off" {
  return brake === "off" ? brake : { ...brake, ofRepository: Number.parseInt(brake.ofRepository, 10) };
}

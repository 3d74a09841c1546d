import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ImageEvidence } from "../../shared/domain/evidence.ts";
import { type Instant, parseInstant, printInstant } from "../../shared/domain/time.ts";
import { parsePolicy } from "../../shared/policy/document.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import type { Target } from "../../shared/policy/select.ts";

// One folder a story: policy.yaml and evidence.json give verdict.json. Times in the files are RFC 3339.
const STORIES = new URL("verdict/", import.meta.url);

interface Story {
  readonly now: string;
  readonly target: Target;
  readonly image: ImageEvidence;
}

function read(story: string, file: string): string {
  return readFileSync(new URL(`${story}/${file}`, STORIES), "utf8");
}

function readStory(story: string): Story {
  return JSON.parse(read(story, "evidence.json"), (key: string, value: unknown): unknown =>
    key.endsWith("At") && typeof value === "string" && value !== "unknown" ? parseInstant(value) : value,
  ) as Story;
}

function printed(at: Instant | undefined): { readonly recheckAt?: string } {
  return at === undefined ? {} : { recheckAt: printInstant(at) };
}

test.each(readdirSync(STORIES))("%s", (story) => {
  const { now, target, image } = readStory(story);
  const verdict = evaluate(parsePolicy(read(story, "policy.yaml"), "policy.yaml", "v"), target, image, parseInstant(now));
  const told = {
    kind: verdict.kind,
    reasons: verdict.reasons.map((reason) => `${reason.status} ${reason.key}`),
    ...printed(verdict.recheckAt),
    holdsUnknown: verdict.holdsUnknown,
  };
  expect(told).toEqual(JSON.parse(read(story, "verdict.json")));
});

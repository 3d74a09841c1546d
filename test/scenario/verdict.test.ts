import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ImageEvidence } from "../../shared/domain/evidence.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../shared/domain/threat.ts";
import { type Instant, parseInstant, printInstant } from "../../shared/domain/time.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import { includesOf, type Policy, type PolicyText, parsePolicySet } from "../../shared/policy/document.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import type { Target } from "../../shared/policy/select.ts";
import { digest, NOTHING_ELSE } from "../unit/policy/given.ts";

// One folder a story: policy.yaml, what it includes, waivers.yaml where there is one, and evidence.json give verdict.json. Times in the files are RFC 3339.
const STORIES = new URL("verdict/", import.meta.url);

interface Story {
  readonly now: string;
  readonly target: Target;
  readonly image: ImageEvidence;
  /** CVE ids that are known to be exploited, by when that was found out. */
  readonly exploited?: Readonly<Record<string, string>>;
}

function read(story: string, file: string): PolicyText {
  return { file, text: readFileSync(new URL(`${story}/${file}`, STORIES), "utf8") };
}

function readStory(story: string): Story {
  return JSON.parse(read(story, "evidence.json").text, (key: string, value: unknown): unknown =>
    (key === "at" || key.endsWith("At")) && typeof value === "string" && value !== "unknown" ? parseInstant(value) : value,
  ) as Story;
}

function readPolicy(story: string): Policy {
  const root = read(story, "policy.yaml");
  const beside = existsSync(new URL(`${story}/waivers.yaml`, STORIES)) ? ["waivers.yaml"] : [];
  return parsePolicySet(
    root,
    [...includesOf(root), ...beside].map((file) => read(story, file)),
    "v",
  );
}

/** What a story does not speak of was looked for, and nothing was there. */
function complete(image: ImageEvidence): ImageEvidence {
  return { ...NOTHING_ELSE, ...image, children: image.children.map(complete) };
}

function threatsOf({ exploited }: Story): ThreatFacts {
  if (exploited === undefined) return NO_THREAT_FACTS;
  const entries = Object.entries(exploited).map(([id, at]) => [id, { addedAt: parseInstant(at), usedByRansomware: "unknown" }] as const);
  return {
    ...NO_THREAT_FACTS,
    knownExploited: { kind: "read", digest: digest("ee"), madeAt: parseInstant("2026-11-21T00:00:00Z"), entries: new Map(entries) },
  };
}

function printed(at: Instant | undefined): { readonly recheckAt?: string } {
  return at === undefined ? {} : { recheckAt: printInstant(at) };
}

function told(verdict: Verdict): Readonly<Record<string, unknown>> {
  const { kind, reasons, waived, voidWaivers, closed, recheckAt, holdsUnknown } = verdict;
  return {
    kind,
    reasons: reasons.map(
      ({ status, key, level, enforceFrom }) =>
        `${status} ${key}${enforceFrom === undefined ? "" : `, ${level} until ${printInstant(enforceFrom)}`}`,
    ),
    ...(waived === undefined
      ? {}
      : { waived: waived.map(({ key, waiver }) => `${key} by ${waiver.id}${waiver.isEnding ? ", which is ending" : ""}`) }),
    ...(voidWaivers === undefined ? {} : { void: voidWaivers.map(({ id, code, reason }) => `${id}: ${code} for ${reason}`) }),
    ...(closed === undefined ? {} : { closed: closed.map((each) => `${each.id} in ${each.package}: ${each.kind} by ${each.by}`) }),
    ...printed(recheckAt),
    holdsUnknown,
  };
}

test.each(readdirSync(STORIES))("%s", (name) => {
  const story = readStory(name);
  const verdict = evaluate(readPolicy(name), story.target, complete(story.image), parseInstant(story.now), threatsOf(story));
  expect(told(verdict)).toEqual(JSON.parse(read(name, "verdict.json").text));
});

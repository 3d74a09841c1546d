import * as z from "zod";
import { type ImageRef, parseImageRef } from "../../domain/image-ref.ts";
import { ParseError } from "../../domain/parse-error.ts";
import { type Instant, parseInstant } from "../../domain/time.ts";
import type { VerdictKind } from "../../domain/verdict.ts";
import { closed } from "../field.ts";
import { readYaml } from "../place.ts";
import { PolicyError } from "../policy-error.ts";
import { problemsOf } from "../problem.ts";
import { GIVEN, type Given, type GivenThreats, THREATS } from "./given.ts";

/** Reads text with a parser of the domain; what it would have thrown becomes the mend. */
const parsed = <T>(parse: (text: string) => T) =>
  z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      context.issues.push({ code: "custom", input: text, message: error.mend });
      return z.NEVER;
    }
  });

const VERDICTS: readonly [VerdictKind, ...VerdictKind[]] = ["compliant", "violating", "indeterminate"];

const EXPECTED = z
  .union([
    z.enum(VERDICTS),
    closed({
      verdict: z.enum(VERDICTS),
      rules: z.array(z.string()).exactOptional().describe("Ids of exactly the rules that speak, at any level; left out: all of them."),
      holds: z.boolean().exactOptional().describe("Whether an enforcing gate would hold the image; left out: not asked."),
    }),
  ])
  .transform((given): Expected => (typeof given === "string" ? { verdict: given } : given));

const fileOf = <GivenSchema extends z.ZodType>(given: GivenSchema) =>
  closed({
    apiVersion: z.literal("moorgate.dev/v1"),
    kind: z.literal("PolicyTest"),
    policy: z.string().min(1, { error: "name the policy file" }).describe("The policy that is tested, read relative to this file."),
    now: parsed((text) => parseInstant(text))
      .prefault("2026-01-01T12:00:00Z")
      .describe("When the images are judged."),
    image: parsed((text) => parseImageRef(text))
      .prefault("registry.example/shop/api:1.0")
      .describe("What the images are called."),
    given: z.optional(given).describe("Evidence that every test begins with."),
    threats: THREATS.prefault({}),
    tests: z
      .array(
        closed({
          name: z.string().min(1, { error: "say what is expected, as a sentence" }),
          image: parsed((text) => parseImageRef(text)).exactOptional(),
          given: z.optional(given).describe("Evidence of this test; a field given here replaces that of the file."),
          threats: THREATS.exactOptional(),
          expect: EXPECTED,
        }),
      )
      .min(1, { error: "write at least one test" }),
  });

// Read as written and filled with defaults only when the two are put together.
const FILE = fileOf(z.record(z.string(), z.unknown()));

export interface Expected {
  readonly verdict: VerdictKind;
  readonly rules?: readonly string[];
  readonly holds?: boolean;
}

/** One image as a test describes it, and what the policy has to say of it. */
export interface PolicyTest {
  readonly name: string;
  /** `policy-test.yaml:12`. */
  readonly place: string;
  readonly image: ImageRef;
  readonly given: Given;
  readonly threats: GivenThreats;
  readonly now: Instant;
  readonly expect: Expected;
}

export interface PolicyTests {
  /** As written, relative to the test file. */
  readonly policy: string;
  readonly tests: readonly PolicyTest[];
}

/**
 * Reads a file of policy tests. Every problem is reported at once.
 * @throws PolicyError
 */
export function parsePolicyTests(text: string, file: string): PolicyTests {
  const located = readYaml(text, file);
  const read = FILE.safeParse(located.data);
  if (!read.success) throw new PolicyError(problemsOf(read.error.issues, located));
  const { policy, now, image, threats, given: common, tests } = read.data;
  const results = tests.map((test, index) => ({ test, index, given: GIVEN.safeParse({ ...common, ...test.given }) }));
  const problems = results.flatMap(({ given, index }) => problemsOf(given.error?.issues ?? [], located, ["tests", index, "given"]));
  if (problems.length > 0) throw new PolicyError(problems);
  return {
    policy,
    tests: results.flatMap(({ test, index, given }) =>
      given.data === undefined
        ? []
        : [
            {
              name: test.name,
              place: located.place(["tests", index]).replace(/:\d+$/, ""),
              image: test.image ?? image,
              given: given.data,
              threats: test.threats ?? threats,
              now,
              expect: test.expect,
            },
          ],
    ),
  };
}

/** JSON Schema (draft 2020-12) of a test file, for editors. */
export function policyTestJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(fileOf(GIVEN), { io: "input" }), title: "Moorgate policy tests" };
}

import * as z from "zod";
import type { AttestationFact, ImageEvidence } from "../../domain/evidence.ts";
import { ParseError } from "../../domain/parse-error.ts";
import { add, between, type Duration, type Instant, parseDuration, parseInstant, printDuration } from "../../domain/time.ts";
import { duration } from "../field.ts";
import type { Judgement, RuleContext } from "../rule.ts";
import { few, graceFor, outlives, unknown, violated, withGrace } from "./fact.ts";

/** Fields of every rule on statements. */
export const statementShape = () => ({
  signers: z
    .array(z.string())
    .min(1, { error: "name at least one signer, or leave signers out to accept any trusted one" })
    .optional()
    .describe("Names of those who count, as trust names them; everybody whom the policy trusts where it is left out."),
  allowUnverified: z
    .boolean()
    .default(false)
    .describe("Whether a statement counts that nobody who is trusted has signed. Whoever may push can write such a statement."),
  maxAge: duration().optional().describe("Greatest age of the statement, by the time that it tells itself."),
  grace: duration()
    .default(parseDuration("30s"))
    .describe(
      "How long after an image was first seen the statement may still be on its way; until then the verdict is indeterminate. 30s where it is left out.",
    ),
  untaggedGrace: duration()
    .default(parseDuration("15m"))
    .describe(
      "The same for an image without a tag: it may be a platform of an index that is still being put together. 15m where it is left out.",
    ),
});

type Params = z.output<z.ZodObject<ReturnType<typeof statementShape>>>;

/** What one statement, or all of an image, come to. `open`: cannot be told. */
export type Outcome =
  | { readonly kind: "accepted"; readonly until?: Instant | undefined }
  | { readonly kind: "open"; readonly why: string }
  | { readonly kind: "rejected"; readonly why: string };

export const ACCEPTED: Outcome = { kind: "accepted" };

/** What a rule on statements is about, in words. */
export interface Wanted {
  readonly about: string;
  readonly noun: string;
  readonly remedy: string;
}

/**
 * Satisfied by one statement about the index, or by one about each image in it. `judge` looks at what the statement says; who signed it and how
 * old it is are looked at here.
 */
export function judgeStatements(
  params: Params,
  context: RuleContext,
  wanted: Wanted,
  judge: (statement: AttestationFact) => Outcome | undefined,
): Judgement {
  const outcome = outcomeOf(context.evidence, wanted, (statement) => {
    const said = judge(statement);
    return said?.kind === "accepted" ? strictest([said, signed(params, context, statement), dated(params, context.now, statement)]) : said;
  });
  if (outcome.kind === "accepted") return outcome.until === undefined ? { facts: [] } : { facts: [], recheckAt: outcome.until };
  if (outcome.kind === "open") return { facts: [unknown(wanted.about, outcome.why, wanted.remedy)] };
  return withGrace(violated([wanted.about], outcome.why, wanted.remedy, "high"), wanted.noun, graceFor(params, context), context);
}

type JudgeStatement = (statement: AttestationFact) => Outcome | undefined;

function outcomeOf(evidence: ImageEvidence, wanted: Wanted, judge: JudgeStatement): Outcome {
  const own = ownOutcome(evidence, wanted, judge);
  if (own.kind === "accepted" || evidence.children.length === 0 || evidence.missingChildren.length > 0) return own;
  const children = strictest(evidence.children.map((child) => outcomeOf(child, wanted, judge)));
  if (children.kind === "accepted") return children;
  return own.kind === "open"
    ? own
    : { kind: children.kind === "open" ? "open" : "rejected", why: children.kind === "open" ? children.why : own.why };
}

function ownOutcome({ attestations }: ImageEvidence, { noun }: Wanted, judge: JudgeStatement): Outcome {
  if (attestations.kind === "unavailable") return { kind: "open", why: `could not ask for ${noun}: ${attestations.why}` };
  const outcomes = attestations.statements.map(judge).filter((outcome) => outcome !== undefined);
  const accepted = outcomes.filter((outcome) => outcome.kind === "accepted");
  if (accepted.length > 0) return longest(accepted);
  const open = outcomes.find(({ kind }) => kind === "open");
  if (open !== undefined) return open;
  const whys = outcomes.flatMap((outcome) => ("why" in outcome ? [outcome.why] : []));
  return {
    kind: "rejected",
    why: whys.length === 0 ? `${noun} was not found` : `${noun} does not count: ${few([...new Set(whys)].sort(), "; ")}`,
  };
}

function longest(accepted: readonly Extract<Outcome, { readonly kind: "accepted" }>[]): Outcome {
  const ends = accepted.map(({ until }) => until ?? Number.POSITIVE_INFINITY);
  return accepted[ends.indexOf(Math.max(...ends))] ?? ACCEPTED;
}

/** All have to be accepted; it ends with the first that does. */
function strictest(outcomes: readonly Outcome[]): Outcome {
  const refused = outcomes.find(({ kind }) => kind === "rejected") ?? outcomes.find(({ kind }) => kind === "open");
  if (refused !== undefined) return refused;
  const ends = outcomes.flatMap((outcome) => (outcome.kind === "accepted" && outcome.until !== undefined ? [outcome.until] : []));
  return ends.length === 0 ? ACCEPTED : { kind: "accepted", until: ends.reduce((a, b) => (a < b ? a : b)) };
}

function signed({ signers, allowUnverified }: Params, context: RuleContext, { signedBy = [] }: AttestationFact): Outcome {
  const accepted = acceptedBy(signers, context);
  if (allowUnverified) return ACCEPTED;
  const counting = signedBy.filter((voucher) => voucher.names.some((name) => accepted.includes(name)));
  const [first, ...others] = counting.filter(({ goodUntil }) => goodUntil === undefined || goodUntil > context.now);
  if (first !== undefined) return longest([first, ...others].map(({ goodUntil }) => ({ kind: "accepted", until: goodUntil })));
  if (counting.length > 0) return { kind: "open", why: "its signature has to be verified again" };
  const names = [...new Set(signedBy.flatMap((voucher) => voucher.names))].sort();
  const wanted = accepted.join(" or ") || "nobody is trusted";
  return {
    kind: "rejected",
    why: names.length === 0 ? `nobody who is trusted has signed it (${wanted})` : `signed by ${few(names)}, not by ${wanted}`,
  };
}

/** Names of those who count for a rule. */
export function acceptedBy(signers: readonly string[] | undefined, { trustedSigners }: RuleContext): readonly string[] {
  return signers ?? trustedSigners.map(({ name }) => name);
}

// Clocks of builders run ahead by minutes.
const CLOCK_SKEW = parseDuration("10m");

function dated({ maxAge }: Params, now: Instant, { predicate }: AttestationFact): Outcome {
  if (maxAge === undefined) return ACCEPTED;
  const at = timeOf(predicate);
  if (at === undefined) return { kind: "open", why: "it does not tell when it was made" };
  if (at > add(now, CLOCK_SKEW)) return { kind: "open", why: "it is dated in the future" };
  const age = between(at, now);
  if (age <= maxAge) return { kind: "accepted", until: outlives(at, maxAge) };
  return { kind: "rejected", why: `it is ${printDuration(age)} old, limit ${printDuration(maxAge as Duration)}` };
}

// SLSA 1.x, SLSA 0.2, cosign's vuln, SPDX, CycloneDX, in-toto test results and simple predicates, in this order.
const TIMES: readonly (readonly string[])[] = [
  ["runDetails", "metadata", "finishedOn"],
  ["metadata", "buildFinishedOn"],
  ["metadata", "scanFinishedOn"],
  ["creationInfo", "created"],
  ["metadata", "timestamp"],
  ["timeVerified"],
  ["timestamp"],
];

function timeOf(predicate: unknown): Instant | undefined {
  for (const path of TIMES) {
    const text = at(predicate, ...path);
    if (typeof text !== "string") continue;
    try {
      return parseInstant(text);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
  }
  return undefined;
}

/** A member of untrusted JSON; `undefined` where the way does not lead there. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined),
    value,
  );
}

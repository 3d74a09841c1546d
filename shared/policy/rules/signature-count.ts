import type { SignatureFact } from "../../domain/evidence.ts";
import { add, between, type Duration, earliest, type Instant, parseDuration, printDuration, printMinute } from "../../domain/time.ts";
import type { TrustedSigner } from "../trust/trust.ts";
import { outlives } from "./fact.ts";
import type { Counting } from "./signature-need.ts";

/** What a signature must be to count, beside good. */
export interface Wanted {
  readonly signers: readonly TrustedSigner[];
  readonly formats: readonly SignatureFact["format"][];
  readonly annotations: Readonly<Record<string, string>>;
  readonly maxAge: Duration | undefined;
  readonly ageBy: readonly AgeBy[];
}

export const AGE_BY = ["certificate", "signing-authority", "signer", "log"] as const;
export type AgeBy = (typeof AGE_BY)[number];

/** What one signature comes to. `open`: it cannot be told whether it counts. Times: when it may come to something else. */
export type Counted =
  | (Counting & { readonly kind: "counts"; readonly until: Instant | undefined })
  | (Counting & { readonly kind: "open"; readonly why: string; readonly until: Instant | undefined })
  /** `isForAge`: it would count if it were young enough. */
  | { readonly kind: "passed-over"; readonly why: string; readonly isForAge: boolean; readonly until: Instant | undefined };

/** `at`: tells this signature from all others. */
export function countSignature(fact: SignatureFact, at: number, wanted: Wanted, now: Instant): Counted {
  const until = fact.goodUntil !== undefined && fact.goodUntil > now ? fact.goodUntil : undefined;
  const passedOver = (why: string): Counted => ({ kind: "passed-over", why, isForAge: false, until });
  if (!wanted.formats.includes(fact.format)) return passedOver(`${nameOf(fact)} (${fact.format} does not count)`);
  // A revocation list that could not be read leaves open whether a signature is good, and whose it is.
  const isOpen = fact.code === "revocation-unknown";
  const names = isOpen ? namesIn(wanted, fact.format) : namesOf(fact).filter((name) => wanted.signers.some((each) => each.name === name));
  if (names.length === 0) return passedOver(nameOf(fact));
  if (isOpen) return { kind: "open", names, material: `signature ${at}`, why: fact.code, until };
  const lacking = Object.entries(wanted.annotations).find(([name, value]) => !hasAnnotation(fact, name, value));
  if (lacking !== undefined) return passedOver(`${nameOf(fact)} (without ${lacking.join("=")})`);
  return ofAge(fact, { names, material: materialOf(fact), until }, judgeAge(fact, wanted, now), now);
}

function ofAge(
  fact: SignatureFact,
  { until, ...counting }: Counting & { readonly until: Instant | undefined },
  age: Age,
  now: Instant,
): Counted {
  if (age.kind !== "young") return { kind: "passed-over", why: `${nameOf(fact)} (${age.why})`, isForAge: true, until };
  if (fact.goodUntil !== undefined && fact.goodUntil <= now)
    return { kind: "open", ...counting, why: `${nameOf(fact)} (to be verified again)`, until: age.until };
  return { kind: "counts", ...counting, until: earliest([until, age.until]) };
}

function namesIn({ signers }: Wanted, format: SignatureFact["format"]): readonly string[] {
  return signers.filter((signer) => signer.format === format).map(({ name }) => name);
}

function namesOf({ code, identity, alsoAs = [] }: SignatureFact): readonly string[] {
  return code === "ok" && identity !== undefined ? [identity, ...alsoAs] : [];
}

function nameOf({ code, identity, detail }: SignatureFact): string {
  if (code === "ignored") return `ignored (${detail.slice(0, 200)})`;
  return code === "ok" && identity !== undefined ? identity : code;
}

function hasAnnotation({ annotations = {} }: SignatureFact, name: string, value: string): boolean {
  return Object.hasOwn(annotations, name) && annotations[name] === value;
}

function materialOf({ key, signer, identity }: SignatureFact): string {
  if (key !== undefined) return `key ${key}`;
  return signer === undefined ? `name ${identity}` : `certificate ${signer.issuer}\n${signer.subject}`;
}

type Age = { readonly kind: "young" | "old" | "unknown"; readonly why: string; readonly until?: Instant };

// Clocks of signers run ahead by minutes.
const CLOCK_SKEW = parseDuration("10m");

function judgeAge(fact: SignatureFact, { maxAge, ageBy }: Wanted, now: Instant): Age {
  if (maxAge === undefined) return { kind: "young", why: "" };
  const madeAt = earliestTime(fact, ageBy);
  if (madeAt === undefined) return { kind: "unknown", why: "nobody whose word counts tells its age" };
  if (madeAt > add(now, CLOCK_SKEW)) return { kind: "unknown", why: `dated in the future, ${printMinute(madeAt)}` };
  const age = between(madeAt, now);
  if (age <= maxAge) return { kind: "young", why: "", until: outlives(madeAt, maxAge) };
  return { kind: "old", why: `made ${printDuration(age)} ago, limit ${printDuration(maxAge)}` };
}

/** The time that makes it oldest: whoever holds an old signature can have a later one told, never an earlier one. */
function earliestTime({ signedAt, madeAfter }: SignatureFact, ageBy: readonly AgeBy[]): Instant | undefined {
  const isLogged = signedAt?.by === "log" || signedAt?.by === "timestamp-authority";
  return earliest([
    madeAfter !== undefined && ageBy.includes(madeAfter.by) ? madeAfter.at : undefined,
    isLogged && ageBy.includes("log") ? signedAt.at : undefined,
  ]);
}

import type { Severity } from "../../domain/severity.ts";
import { add, type Duration, earliest, type Instant, instant, printDuration, printMinute } from "../../domain/time.ts";
import type { Fact, Judgement, RuleContext } from "../rule.ts";

/** The fact that what a rule needs is not known. It is never taken for compliance. */
export function unknown(about: string, message: string, remedy: string): Fact {
  return { status: "unknown", about: [about], message, remedy, severity: "unknown" };
}

export function violated(about: readonly string[], message: string, remedy: string, severity: Severity = "medium"): Fact {
  return { status: "violated", about, message, remedy, severity };
}

/** A judgement of these facts; it changes at the earliest of the given times. */
export function judgement(facts: readonly Fact[], times: readonly (Instant | undefined)[] = []): Judgement {
  const first = earliest(times);
  return first === undefined ? { facts } : { facts, recheckAt: first };
}

/** The first moment at which something is older than a limit. */
export function outlives(since: Instant, limit: Duration): Instant {
  return instant(since + limit + 1);
}

/** A violation by something that is made after the push: while it may still be on its way, it is only not known. */
export function withGrace(fact: Fact, what: string, grace: Duration, { evidence, now }: RuleContext): Judgement {
  const endsAt = add(evidence.subject.firstSeenAt, grace);
  if (now >= endsAt) return { facts: [fact] };
  const message = `${fact.message}; ${what} may still be on its way until ${printMinute(endsAt)} (grace ${printDuration(grace)})`;
  return { facts: [{ ...fact, status: "unknown", message, severity: "unknown" }], recheckAt: endsAt };
}

/** Enough of a list for a sentence: reports may hold very long ones. */
export function few(words: readonly string[], between = ", "): string {
  const most = 5;
  return words.length <= most ? words.join(between) : `${words.slice(0, most).join(between)} and ${words.length - most} more`;
}

/** An image without a tag may be a platform of an index that is still being put together. */
export function graceFor(
  { grace, untaggedGrace }: { readonly grace: Duration; readonly untaggedGrace: Duration },
  { evidence }: RuleContext,
): Duration {
  const { kind, tags } = evidence.subject;
  return kind === "image" && tags.length === 0 && untaggedGrace > grace ? untaggedGrace : grace;
}

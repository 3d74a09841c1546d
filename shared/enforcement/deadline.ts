import type { Deadline, DeadlineTerms, KnownUse } from "../domain/deadline.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ThreatFacts } from "../domain/threat.ts";
import { add, type Duration, earliest, type Instant } from "../domain/time.ts";
import type { Usage, Workload } from "../domain/usage.ts";
import type { Reason, Verdict } from "../domain/verdict.ts";

/** What is asked before an image is cut from those who may run it. */
export interface Use {
  readonly usage: Usage;
  /** Pushed lately and never let through: nobody is expected to run it. */
  readonly isNew: boolean;
  readonly terms: DeadlineTerms;
  readonly threats: ThreatFacts;
  /** The one that it has already. */
  readonly before: Deadline | undefined;
}

/** Whether an image is so new that nobody is expected to run it. One that was there before the gate never is. */
export function isNew(
  { firstSeenAt, passedAt, predatesGate }: Pick<ImageRecord, "firstSeenAt" | "passedAt" | "predatesGate">,
  { newFor }: DeadlineTerms,
  now: Instant,
): boolean {
  return passedAt === undefined && predatesGate !== true && now < add(firstSeenAt, newFor);
}

/**
 * The deadline of a violating image instead of a hold; `undefined`: it may be held. Not to know whether anything runs it counts as if something
 * did, but for what is new. The clock of each reason goes on from when it was first met, whatever comes and goes beside it.
 */
export function deadlineFor(verdict: Verdict, use: Use, now: Instant): Deadline | undefined {
  const { usage, terms, before } = use;
  if (usage.kind === "not-running" || (use.isNew && usage.kind !== "running")) return undefined;
  const reasons = verdict.reasons.filter(({ level, status }) => level === "enforce" && (status === "violated" || verdict.holdsUnknown));
  const since = Object.fromEntries(reasons.map(({ key }) => [key, metAt(key, before, now)]));
  const until = earliest(reasons.map((reason) => add(metAt(reason.key, before, now), termOf(reason, use)))) ?? now;
  const isOver = until <= now;
  if (isOver && terms.afterwards === "hold") return undefined;
  return { since, until, afterwards: terms.afterwards, use: summaryOf(usage), isOver };
}

function metAt(key: string, before: Deadline | undefined, now: Instant): Instant {
  return before !== undefined && Object.hasOwn(before.since, key) ? (before.since[key] ?? now) : now;
}

function termOf(reason: Reason, { terms, threats }: Use): Duration {
  const { deadline } = terms;
  const own = deadline[reason.severity === "unknown" ? "medium" : reason.severity];
  return isExploited(reason, threats) && deadline.knownExploited < own ? deadline.knownExploited : own;
}

function isExploited({ rule, concerns }: Reason, { knownExploited }: ThreatFacts): boolean {
  if (rule === "known-exploited") return true;
  return knownExploited.kind === "read" && (concerns?.vulnerabilities ?? []).some((id) => knownExploited.entries.has(id));
}

const MOST_NAMED = 20;

function summaryOf(usage: Exclude<Usage, { readonly kind: "not-running" }>): KnownUse {
  if (usage.kind !== "running") return { kind: usage.kind, workloads: [], owners: [] };
  const workloads = usage.where.flatMap(({ place, workloads: own }) => own.map(({ name }) => `${place}: ${name}`));
  const owners = usage.where.flatMap(({ workloads: own }) => own.flatMap(({ owner }: Workload) => owner ?? []));
  return {
    kind: "running",
    workloads: workloads.sort().slice(0, MOST_NAMED),
    owners: [...new Set(owners)].sort().slice(0, MOST_NAMED),
  };
}

import type { ImageKey } from "../../domain/image-ref.ts";
import { add, between, type Instant, instant, printDuration, printMinute } from "../../domain/time.ts";
import type { Verdict } from "../../domain/verdict.ts";
import type { Policy } from "../document.ts";
import type { Waiver } from "./waiver.ts";

export type RemarkCode = "expired" | "ending" | "not-yet" | "void" | "unused" | "too-long" | "over-broad";

/** Something that somebody should do about a waiver. */
export interface WaiverRemark {
  readonly id: string;
  readonly code: RemarkCode;
  readonly message: string;
  readonly owner: string;
  /** `waivers.yaml:7`. */
  readonly place: string;
}

export interface Judged {
  readonly image: ImageKey;
  readonly verdict: Verdict;
}

interface Use {
  readonly images: Set<string>;
  readonly findings: Set<string>;
  readonly faults: Map<string, string>;
}

/** One that covers more than this is no decision about a finding any more. */
const MANY_FINDINGS = 20;

/**
 * What is to be done about the waivers of a policy, given the newest verdict of every image that it judges: in the order of their end.
 * A verdict tells which waivers covered something and which would have but are void; a waiver in no verdict is unused.
 */
export function reviewWaivers(policy: Policy, judged: Iterable<Judged>, now: Instant): readonly WaiverRemark[] {
  const uses = usesIn(judged);
  return policy.waivers
    .toSorted((a, b) => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1))
    .flatMap((waiver) => [
      ...timeRemarks(waiver, policy, now),
      ...useRemarks(waiver, uses.get(waiver.id), now),
      ...scopeRemarks(waiver, uses.get(waiver.id)),
    ])
    .map(([waiver, code, message]) => ({ id: waiver.id, code, message, owner: waiver.owner, place: waiver.place }));
}

type Told = readonly [waiver: Waiver, code: RemarkCode, message: string];

function timeRemarks(waiver: Waiver, { waiverSettings: { warnBefore, longest } }: Policy, now: Instant): readonly Told[] {
  const { createdAt, expiresAt, severity } = waiver;
  if (now >= expiresAt) return [[waiver, "expired", `ended ${printMinute(expiresAt)}; remove it, or decide anew`]];
  if (now < createdAt) return [[waiver, "not-yet", `begins ${printMinute(createdAt)}`]];
  const capAt = severity === undefined ? expiresAt : add(createdAt, longest[severity]);
  const endsAt = instant(Math.min(expiresAt, capAt));
  return [
    ...(now >= endsAt - warnBefore ? [[waiver, "ending", endingWords(endsAt, now)] as const] : []),
    ...(severity !== undefined && expiresAt > capAt
      ? [
          [
            waiver,
            "too-long",
            `for severity ${severity} it ends ${printMinute(capAt)} already, after the longest time of ${printDuration(longest[severity])}`,
          ] as const,
        ]
      : []),
  ];
}

function endingWords(endsAt: Instant, now: Instant): string {
  return now >= endsAt
    ? `ended ${printMinute(endsAt)} for the worst severity that it names`
    : `ends in ${printDuration(between(now, endsAt))}, ${printMinute(endsAt)}`;
}

function useRemarks(waiver: Waiver, use: Use | undefined, now: Instant): readonly Told[] {
  if (now < waiver.createdAt || now >= waiver.expiresAt) return [];
  if (use === undefined) return [[waiver, "unused", "no image has what it waives; remove it"]];
  return [...use.faults]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, why]) => [waiver, "void", `void for some images (${code}): ${why}`] as const);
}

function scopeRemarks(waiver: Waiver, use: Use | undefined): readonly Told[] {
  const found = use?.findings.size ?? 0;
  const messages = [
    ...breadthOf(waiver.scope),
    ...(found > MANY_FINDINGS ? [`covers ${found} findings in ${use?.images.size ?? 0} images; decide on fewer at a time`] : []),
  ];
  return messages.map((message) => [waiver, "over-broad", message] as const);
}

function breadthOf({ vulnerabilities, image, package: named }: Waiver["scope"]): readonly string[] {
  if (vulnerabilities !== undefined) return [];
  if (named !== undefined)
    return named.version === undefined ? ["waives whatever is found in a package, now and later; name vulnerabilities or a version"] : [];
  const everywhere = image?.repository === undefined && image?.digest === undefined;
  return everywhere ? ["waives a whole rule for all repositories; name repositories or digests"] : [];
}

function usesIn(judged: Iterable<Judged>): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>();
  const useOf = (id: string): Use => {
    const known = uses.get(id);
    if (known !== undefined) return known;
    const made: Use = { images: new Set(), findings: new Set(), faults: new Map() };
    uses.set(id, made);
    return made;
  };
  for (const { image, verdict } of judged) {
    for (const { waiver, concerns, key } of verdict.waived ?? []) {
      const use = useOf(waiver.id);
      use.images.add(`${image.registry}/${image.repository}@${image.digest}`);
      use.findings.add(concerns === undefined ? key : `${concerns.vulnerabilities[0] ?? ""} ${concerns.package}`);
    }
    for (const { id, code, why } of verdict.voidWaivers ?? []) useOf(id).faults.set(code, why);
  }
  return uses;
}

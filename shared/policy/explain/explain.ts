import { lastCause } from "../../domain/action-cause.ts";
import { type Digest, shortDigest } from "../../domain/digest.ts";
import type { ImageRecord, StoredAction } from "../../domain/image-record.ts";
import { printImageRef } from "../../domain/image-ref.ts";
import { type Instant, printMinute } from "../../domain/time.ts";
import type { Level, Reason, ReasonStatus, VerdictKind } from "../../domain/verdict.ts";
import { draftWaiver } from "../waivers/draft.ts";
import { defaultWaiverSettings, type WaiverSettings } from "../waivers/settings.ts";
import { printWaiver } from "../waivers/text.ts";
import { effectOf } from "./effect.ts";
import { factsOf, printAgo } from "./facts.ts";
import { nextCommands } from "./next.ts";
import { type ExplainedNote, lossNotes, notesOf } from "./notes.ts";

export interface ExplainContext {
  /** The policy's file, as people know it. */
  readonly policyFile: string;
  readonly now: Instant;
  /** Words for children instead of their digests (`linux/arm64`). */
  readonly names?: Readonly<Record<string, string>>;
  /** `check`: nobody acts, so that only a gate with this policy would. `gate` where it is left out. */
  readonly view?: "gate" | "check";
  /** What was done to the image, newest first; nobody acted where it is left out. */
  readonly actions?: readonly StoredAction[];
  /** What the policy demands of waivers; its defaults where it is left out. */
  readonly waivers?: WaiverSettings;
}

export interface ExplainedReason {
  readonly symbol: string;
  /** The symbol's word, for those who do not see it. */
  readonly word: string;
  readonly key: string;
  readonly ruleId: string;
  readonly level: Level;
  readonly status: ReasonStatus;
  /** Which child it is about. */
  readonly child?: string;
  readonly message: string;
  readonly remedy: string;
  /** `policy.yaml:18`. */
  readonly place: string;
  /** Why the rule is for this image; absent where it is for every image. */
  readonly because?: string;
}

/** Everything that is said of an image, for every reader. Terminal, markdown, HTML and JSON are skins of it. Texts are not escaped yet. */
export interface Explanation {
  readonly verdict: VerdictKind | "not judged";
  readonly symbol: string;
  readonly image: string;
  readonly digest: Digest;
  /** `baseline@3f2c91, enforce`. */
  readonly policy: string;
  readonly policyFile: string;
  /** What the image is and where it came from. */
  readonly identity: readonly string[];
  readonly headline: string;
  readonly reasons: readonly ExplainedReason[];
  /** What was waived and what does not count, with who says so. */
  readonly notes: readonly ExplainedNote[];
  /** Entries for `waivers.yaml` that would cover the first reasons for a hold, once somebody has approved them. */
  readonly waiver?: string;
  /** What can be done, each once; of what is enforced first. */
  readonly fixes: readonly string[];
  readonly effect: string;
  /** What the gate did last, what asked for that and who; absent where it did nothing. */
  readonly cause?: string;
  /** Evidence with its age. */
  readonly facts: readonly string[];
  readonly next: readonly string[];
}

export function explain(record: ImageRecord, context: ExplainContext): Explanation {
  const { verdict, key } = record;
  const reasons = verdict?.reasons ?? [];
  return {
    verdict: verdict?.kind ?? "not judged",
    symbol: symbolOf(verdict?.kind),
    image: imageName(record),
    digest: key.digest,
    policy:
      verdict === undefined ? "no policy was asked yet" : `${verdict.policy.name}@${verdict.policy.version.slice(0, 6)}, ${verdict.mode}`,
    policyFile: context.policyFile,
    identity: identityOf(record, context.now),
    headline: headline(record),
    reasons: reasons.map((reason) => explainReason(reason, context.names ?? {})),
    notes: [...lossNotes(record, context.now), ...(verdict === undefined ? [] : notesOf(verdict, context.names ?? {}, context.now))],
    ...waiverFor(record, context),
    fixes: [...new Set(reasons.map((reason) => reason.remedy))],
    effect: effectOf(record, context),
    ...causeOf(context),
    facts: factsOf(record, context.now),
    next: context.view === "check" ? [] : nextCommands(record),
  };
}

function causeOf({ actions = [] }: ExplainContext): Pick<Explanation, "cause"> {
  const cause = lastCause(actions);
  return cause === undefined ? {} : { cause };
}

/** `x`, `?`, `+`, and `.` where nothing was judged yet. */
export function symbolOf(kind: VerdictKind | undefined): string {
  switch (kind) {
    case "violating":
      return "x";
    case "indeterminate":
      return "?";
    case "compliant":
      return "+";
    case undefined:
      return ".";
    default:
      return kind satisfies never;
  }
}

/** By its first tag, as people know it; by digest where it has none. */
export function imageName({ key, tags }: Pick<ImageRecord, "key" | "tags">): string {
  const { registry, repository, digest } = key;
  const [tag] = tags;
  return tag === undefined ? `${registry}/${repository}@${shortDigest(digest)}` : printImageRef({ registry, repository, tag });
}

function identityOf({ key, kind, platforms, tags, pushedBy, firstSeenAt, origin }: ImageRecord, now: Instant): readonly string[] {
  const seen = `${origin === "sweep" ? "found by the sweep" : "first seen"} ${printAgo(firstSeenAt, now)}`;
  return [
    shortDigest(key.digest),
    ...(platforms.length > 0 ? [platforms.join(" + ")] : kind === "index" ? ["index"] : []),
    ...(tags.length > 1 ? [`also ${tags.slice(1).join(", ")}`] : []),
    pushedBy === undefined ? seen : `${seen}, pushed by ${pushedBy}`,
  ];
}

function headline({ verdict }: ImageRecord): string {
  if (verdict === undefined) return "not judged yet";
  if (verdict.appliedRules?.length === 0) return "no rule of the policy applies";
  const enforced = verdict.reasons.filter((reason) => reason.level === "enforce");
  const violated = ruleIds(enforced, "violated");
  if (violated.length > 0) return `violates ${violated.join(", ")}`;
  const unknown = ruleIds(enforced, "unknown");
  if (unknown.length > 0) return `cannot be judged by ${unknown.join(", ")}: a fact is missing`;
  const listed = verdict.reasons.length;
  return listed === 0 ? "every rule is satisfied" : `every enforced rule is satisfied; ${listed} ${listed === 1 ? "remark" : "remarks"}`;
}

function ruleIds(reasons: readonly Reason[], status: ReasonStatus): readonly string[] {
  return [...new Set(reasons.filter((reason) => reason.status === status).map((reason) => reason.ruleId))];
}

function explainReason(reason: Reason, names: Readonly<Record<string, string>>): ExplainedReason {
  const { key, ruleId, level, status, remedy, place, child, because, enforceFrom } = reason;
  const message = enforceFrom === undefined ? reason.message : `${reason.message}; enforced from ${printMinute(enforceFrom)} on`;
  const who = child === undefined ? undefined : Object.hasOwn(names, child) ? names[child] : shortDigest(child);
  const told = { ...markOf(reason), key, ruleId, level, status, message, remedy, place };
  return { ...told, ...(because === undefined ? {} : { because }), ...(who === undefined ? {} : { child: who }) };
}

const MOST_DRAFTED = 3;

function waiverFor({ verdict, key }: ImageRecord, { waivers, now }: ExplainContext): Pick<Explanation, "waiver"> {
  const held = (verdict?.reasons ?? []).filter(
    ({ level, status, concerns }) => level === "enforce" && status === "violated" && concerns !== undefined,
  );
  if (held.length === 0) return {};
  const drafts = held.slice(0, MOST_DRAFTED).map((reason) => draftWaiver(reason, key, waivers ?? defaultWaiverSettings(), now));
  return { waiver: drafts.map(printWaiver).join("") };
}

function markOf({ level, status }: Reason): { readonly symbol: string; readonly word: string } {
  if (level === "audit") return { symbol: "-", word: "audit" };
  if (level === "warn") return { symbol: "!", word: "warning" };
  return status === "violated" ? { symbol: "x", word: "violated" } : { symbol: "?", word: "unknown" };
}

import type { RetagPurpose, TagChange } from "../domain/action.ts";
import { type Digest, shortDigest } from "../domain/digest.ts";
import type { LeftTag, Override, Retagged, StandingChange } from "../domain/image-record.ts";
import type { Tag } from "../domain/image-ref.ts";
import { isMark, type MarkTemplate, markOf } from "../domain/mark.ts";
import { asksForHold, type Verdict } from "../domain/verdict.ts";
import { isCoveredBy } from "./plan.ts";

/** A tag that should point at another image than now. */
export interface Aim {
  readonly tag: Tag;
  readonly to: Digest | { readonly why: string };
}

export interface TagSituation {
  readonly image: Digest;
  readonly stance: TagStance;
  readonly verdict: Verdict;
  /** Whether its own repository serves it: tags can be set on it. */
  readonly served: boolean;
  /** Those that point at it now. */
  readonly tags: readonly Tag[];
  readonly before: Retagged | undefined;
  readonly template: MarkTemplate;
  /** What every tag that may be changed points at now; what is not in it points at nothing. */
  readonly heads: ReadonlyMap<Tag, Digest>;
  /** Marks that the gate has set on other images: they may be moved. */
  readonly otherMarks: ReadonlySet<Tag>;
  /** Tags of the image that the policy rolls back, and where to. */
  readonly rollBack: readonly Aim[];
  /** Release tags that the policy sets on the image (`to` is the image), or does not. */
  readonly promote: readonly Aim[];
}

export interface TagPlan {
  /** The next change, where one is to be made. */
  readonly next?: { readonly purpose: RetagPurpose; readonly changes: readonly TagChange[] };
  readonly retagged?: Retagged;
}

/** `against`: nobody should get the image by its tags. `for`: what was done to its tags is taken back. */
export type TagStance = "against" | "for" | "as-is";

/** Nothing is changed on what is not known, nor in a dry run. */
export function tagStance(verdict: Verdict, override: Override | undefined): TagStance {
  if (override?.kind === "hold") return "against";
  if (override?.kind === "release" && isCoveredBy(override.forReasons, verdict)) return "for";
  if (verdict.mode === "dry-run") return "as-is";
  if (verdict.kind === "compliant") return "for";
  return verdict.kind === "violating" || asksForHold(verdict) ? "against" : "as-is";
}

/** Compliance of which nothing was asked lets nothing through. */
export function passes({ kind, appliedRules }: Verdict): boolean {
  return kind === "compliant" && appliedRules?.length !== 0;
}

interface Wanted {
  readonly purpose: RetagPurpose;
  readonly changes: readonly TagChange[];
}

/** The next step from what the tags are to what they should be. What was refused before is not asked for again. */
export function planTags(situation: TagSituation): TagPlan {
  const { before, verdict } = situation;
  const { wanted, left } = wishesOf(situation);
  const refused = (before?.left ?? []).filter(({ tried }) => tried?.policy === verdict.policy.version);
  const isRefused = (change: TagChange): boolean => refused.some((each) => isSame(each, change));
  const fresh = wanted.map(({ purpose, changes }) => ({ purpose, changes: changes.filter((change) => !isRefused(change)) }));
  const next = fresh.find(({ changes }) => changes.length > 0);
  const stillRefused = refused.filter((each) => wanted.some(({ changes }) => changes.some((change) => isSame(each, change))));
  const isLooked = situation.stance === "against" || (situation.stance === "for" && situation.served);
  const kept = isLooked ? [...stillRefused, ...left] : (before?.left ?? []);
  return { ...(next === undefined ? {} : { next }), ...retaggedOf(standingOf(situation), kept) };
}

export function retaggedOf(standing: readonly StandingChange[], left: readonly LeftTag[]): { readonly retagged?: Retagged } {
  return standing.length + left.length === 0 ? {} : { retagged: { standing, left } };
}

/** A tag that went with its image since, and could not be moved before, cannot be set either. */
function isSame({ tag, tried }: LeftTag, change: TagChange): boolean {
  return tag === change.tag && tried?.to === change.to && (tried.from === change.from || change.from === "absent");
}

/** What was taken back by somebody else stands no more, once it is not wanted. */
function standingOf({ stance, before, heads, served }: TagSituation): readonly StandingChange[] {
  const standing = before?.standing ?? [];
  return stance === "for" && served ? standing.filter(({ tag, from }) => (heads.get(tag) ?? "absent") !== from) : standing;
}

interface Wishes {
  readonly wanted: readonly Wanted[];
  readonly left: readonly LeftTag[];
}

function wishesOf(situation: TagSituation): Wishes {
  if (!situation.served) return situation.stance === "against" ? fillGaps(situation) : { wanted: [], left: [] };
  switch (situation.stance) {
    case "against": {
      const marks = marksOf(situation);
      const back = rollBackOf(situation, marks.changes);
      return {
        wanted: [
          { purpose: "mark", changes: marks.changes },
          { purpose: "roll-back", changes: back.changes },
        ],
        left: [...marks.left, ...back.left],
      };
    }
    case "for": {
      const aims = aimsOf(situation, situation.promote);
      return {
        wanted: [
          { purpose: "restore", changes: restoreOf(situation) },
          { purpose: "promote", changes: aims.changes },
        ],
        left: aims.left,
      };
    }
    case "as-is":
      return { wanted: [], left: [] };
  }
}

/** Tags that went with a held image, before the policy rolled them back or because it was pushed again: they point at nothing. */
function fillGaps(situation: TagSituation): Wishes {
  const gaps = situation.rollBack.filter(({ tag }) => !situation.heads.has(tag));
  const { changes, left } = aimsOf(situation, gaps);
  return { wanted: [{ purpose: "roll-back", changes }], left };
}

interface Changes {
  readonly changes: readonly TagChange[];
  readonly left: readonly LeftTag[];
}

function marksOf(situation: TagSituation): Changes {
  const { verdict, tags, template } = situation;
  if (verdict.kind !== "violating" || verdict.onViolation !== "mark") return { changes: [], left: [] };
  const each = tags.filter((tag) => !isMark(template, tag)).map((tag) => markFor(situation, tag));
  return { changes: each.flatMap(({ changes }) => changes), left: each.flatMap(({ left }) => left) };
}

/** A mark on another image is moved where the gate has set it there; a tag that somebody else has so named is left alone. */
function markFor({ image, template, heads, otherMarks }: TagSituation, tag: Tag): Changes {
  const mark = markOf(template, tag);
  if (mark === undefined) return { changes: [], left: [{ tag, why: "its mark would be no tag" }] };
  const head = heads.get(mark);
  if (head === image) return { changes: [], left: [] };
  if (head !== undefined && !otherMarks.has(mark))
    return { changes: [], left: [{ tag: mark, why: `it points at ${shortDigest(head)}, and the gate did not set it there` }] };
  return { changes: [{ tag: mark, from: head ?? "absent", to: image }], left: [] };
}

/** An image that would have no tag left gets a mark first: some registries drop what has none, and then nothing could be taken back. */
function rollBackOf(situation: TagSituation, marks: readonly TagChange[]): Changes {
  const { image, tags, rollBack } = situation;
  const { changes, left } = aimsOf(situation, rollBack);
  const goes = new Set(changes.map(({ tag }) => tag));
  if (changes.length === 0 || marks.length > 0 || tags.some((tag) => !goes.has(tag))) return { changes, left };
  const keeping = changes.map(({ tag }) => markFor(situation, tag).changes[0]).find((mark) => mark?.from === "absent");
  if (keeping !== undefined) return { changes: [keeping, ...changes], left };
  const kept = changes.at(-1);
  const why = `it is the only tag that keeps ${shortDigest(image)}`;
  return { changes: changes.slice(0, -1), left: [...left, ...(kept === undefined ? [] : [{ tag: kept.tag, why }])] };
}

function aimsOf({ heads }: TagSituation, aims: readonly Aim[]): Changes {
  return {
    changes: aims.flatMap(({ tag, to }) => {
      const from = heads.get(tag) ?? "absent";
      return typeof to === "string" && to !== from ? [{ tag, from, to }] : [];
    }),
    left: aims.flatMap(({ tag, to }) => (typeof to === "string" ? [] : [{ tag, why: to.why }])),
  };
}

/** Tags come back before marks go, so that the image is never without one. What somebody moved is looked at and left alone by the act, which says so. */
function restoreOf(situation: TagSituation): readonly TagChange[] {
  const standing = standingOf(situation);
  const of = (purpose: StandingChange["purpose"]): readonly StandingChange[] => standing.filter((each) => each.purpose === purpose);
  return [
    ...of("roll-back").map(({ tag, from, to }): TagChange => ({ tag, from: to, to: from })),
    ...of("mark").map(({ tag, to }): TagChange => ({ tag, from: to, to: "absent" })),
  ];
}

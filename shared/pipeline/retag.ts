import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey, Tag } from "../domain/image-ref.ts";
import { isMark, markOf } from "../domain/mark.ts";
import type { Instant } from "../domain/time.ts";
import { mayPromote } from "../enforcement/promotion.ts";
import { type Aim, passes, planTags, type TagPlan, type TagSituation, type TagStance, tagStance } from "../enforcement/tags.ts";
import { evaluate } from "../policy/evaluate.ts";
import { matchesGlob } from "../policy/select.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import type { Judged } from "./judge.ts";
import { lastGood } from "./last-good.ts";

/** Images that a release tag pointed at, as far back as is asked. */
const MOST_BEARERS = 50;

export interface ToRetag {
  readonly judged: Judged;
  /** With the override that counts now. */
  readonly record: Judged["record"];
  readonly served: boolean;
  readonly now: Instant;
}

/** What is to become of an image's tags. Where neither the policy nor the record has anything to do with tags, nothing is asked. */
export async function planRetag(
  deps: GateDeps,
  watched: WatchedRegistry,
  input: ToRetag,
  signal?: AbortSignal,
): Promise<TagPlan & Pick<ImageRecord, "tags">> {
  const { verdict, override, retagged, tags } = input.record;
  const stance = tagStance(verdict, override);
  if (retagged === undefined && !concernsTags(deps, stance)) return { tags };
  if (stance === "against") return planAgainst(deps, watched, input, signal);
  const { served, record } = input;
  const promote = stance === "for" && served ? await aimsForward(deps, watched, input, signal) : [];
  const asked = [...(retagged?.standing ?? []), ...promote].map(({ tag }) => tag);
  const heads = await headsOf(watched, record, served ? asked : [], signal);
  return { ...planTags({ ...situationOf(deps, input), stance, heads, promote }), tags };
}

async function planAgainst(
  deps: GateDeps,
  watched: WatchedRegistry,
  input: ToRetag,
  signal?: AbortSignal,
): Promise<TagPlan & Pick<ImageRecord, "tags">> {
  const tags = input.served ? await withUntold(deps, watched, input.record, signal) : input.record.tags;
  const record = { ...input.record, tags };
  const rollBack = await aimsBack(deps, watched, { ...input, record }, signal);
  // The tags of a held image are those that it had.
  const heads = input.served
    ? await headsOf(watched, record, marksFor(deps, record), signal)
    : await headsOf(
        watched,
        { ...record, tags: [] },
        rollBack.map(({ tag }) => tag),
        signal,
      );
  const otherMarks = await marksOnOthers(deps, record, heads);
  return { ...planTags({ ...situationOf(deps, { ...input, record }), stance: "against", heads, otherMarks, rollBack }), tags };
}

function situationOf(deps: GateDeps, { record, served }: ToRetag): Omit<TagSituation, "stance" | "heads"> {
  const { mark: template } = deps.policy().policy.enforcement;
  const { key, verdict, tags, retagged: before } = record;
  return { image: key.digest, verdict, served, tags, before, template, otherMarks: new Set(), rollBack: [], promote: [] };
}

/** With the tags that are to be rolled back and whose push has not been told yet: a hold would take them with the image. */
async function withUntold(
  deps: GateDeps,
  { registry }: WatchedRegistry,
  { key, tags }: ImageRecord,
  signal?: AbortSignal,
): Promise<readonly Tag[]> {
  const { rollBack } = deps.policy().policy.enforcement;
  if (rollBack.length === 0) return tags;
  const found = new Set(tags);
  for await (const tag of registry.tags(key.repository, signal)) {
    const isMeant = !found.has(tag) && rollBack.some((pattern) => matchesGlob(pattern, tag));
    if (isMeant && (await registry.resolve(key.repository, tag, signal)) === key.digest) found.add(tag);
  }
  return [...found].sort();
}

function concernsTags(deps: GateDeps, stance: TagStance): boolean {
  const { onViolation, rollBack, promote } = deps.policy().policy.enforcement;
  return stance === "against" ? onViolation === "mark" || rollBack.length > 0 : stance === "for" && promote.length > 0;
}

async function aimsBack(deps: GateDeps, watched: WatchedRegistry, { record, now }: ToRetag, signal?: AbortSignal): Promise<readonly Aim[]> {
  const { rollBack } = deps.policy().policy.enforcement;
  const aims: Aim[] = [];
  for (const tag of record.tags) {
    if (!rollBack.some((pattern) => matchesGlob(pattern, tag))) continue;
    const to = await lastGood(deps, watched, record, tag, now, signal);
    aims.push({ tag, to: to ?? { why: "no image that it pointed at before is there and complies now" } });
  }
  return aims;
}

/** Release tags that the image asks for by its own; it has to comply under the rules for those, too. */
async function aimsForward(
  deps: GateDeps,
  watched: WatchedRegistry,
  { judged, record, now }: ToRetag,
  signal?: AbortSignal,
): Promise<readonly Aim[]> {
  const { policy } = deps.policy();
  const { key, tags, verdict, hold, override } = record;
  if (verdict.kind !== "compliant" || hold.kind === "held" || override !== undefined || verdict.mode === "dry-run") return [];
  const asked = policy.enforcement.promote.filter(({ from, to }) => !tags.includes(to) && tags.some((tag) => matchesGlob(from, tag)));
  const aims: Aim[] = [];
  for (const tag of new Set(asked.map(({ to }) => to))) {
    const there = evaluate(policy, { ...key, tags: [...judged.borne, tag] }, judged.evidence, now, judged.threats);
    const aim = passes(there)
      ? await aimAt(deps, watched, record, tag, signal)
      : { tag, to: { why: `the image would be ${there.kind} as ${tag}` } };
    if (aim !== undefined) aims.push(aim);
  }
  return aims;
}

async function aimAt(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord,
  tag: Tag,
  signal?: AbortSignal,
): Promise<Aim | undefined> {
  const head = await watched.registry.resolve(record.key.repository, tag, signal);
  const digests = new Set([...(head === undefined ? [] : [head]), ...(await deps.ledger.bearers(record.key, tag, MOST_BEARERS))]);
  const bearers = await Promise.all([...digests].map((digest) => deps.ledger.image({ ...record.key, digest })));
  const promotion = mayPromote(record, bearers);
  switch (promotion.kind) {
    case "may":
      return { tag, to: record.key.digest };
    case "older":
      return undefined;
    case "not":
      return { tag, to: { why: promotion.why } };
  }
}

function marksFor(deps: GateDeps, { tags }: ImageRecord): readonly Tag[] {
  const { mark: template } = deps.policy().policy.enforcement;
  return tags.filter((tag) => !isMark(template, tag)).flatMap((tag) => markOf(template, tag) ?? []);
}

/** Tags that point at the image were asked for just now. */
async function headsOf(
  { registry }: WatchedRegistry,
  { key, tags }: ImageRecord,
  asked: readonly Tag[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<Tag, Digest>> {
  const heads = new Map(tags.map((tag) => [tag, key.digest]));
  const others = [...new Set(asked)].filter((tag) => !heads.has(tag));
  const resolved = await Promise.all(others.map(async (tag) => [tag, await registry.resolve(key.repository, tag, signal)] as const));
  for (const [tag, digest] of resolved) if (digest !== undefined) heads.set(tag, digest);
  return heads;
}

async function marksOnOthers({ ledger }: GateDeps, { key }: ImageRecord, heads: ReadonlyMap<Tag, Digest>): Promise<ReadonlySet<Tag>> {
  const marks = new Set<Tag>();
  for (const [tag, digest] of heads) {
    if (digest !== key.digest && (await isSetByGate(ledger, { ...key, digest }, tag))) marks.add(tag);
  }
  return marks;
}

/** By the last that the gate did to the tag: also a mark stands that was to go, and stayed as the only tag of its image. */
async function isSetByGate(ledger: GateDeps["ledger"], image: ImageKey, tag: Tag): Promise<boolean> {
  const done = (await ledger.actions(image)).flatMap(({ action, outcome }) =>
    action.verb === "retag" && outcome?.kind === "applied" && outcome.tags?.includes(tag) === true ? action.changes : [],
  );
  return done.find((change) => change.tag === tag)?.to === image.digest;
}

import type { RetagAction } from "../../shared/domain/action.ts";
import type { ImageRecord, StoredAction } from "../../shared/domain/image-record.ts";
import { parseTag } from "../../shared/domain/image-ref.ts";
import type { Instant } from "../../shared/domain/time.ts";
import { tagsAt } from "./check-registry.ts";
import { expectedVerdict } from "./expected.ts";
import { bearersOf } from "./past.ts";
import { isMarkTag, markOfTag, ROLLED_BACK, type Rules } from "./policy.ts";
import { digestOfWare, nameOf, wareOf } from "./stock.ts";
import type { Truth } from "./truth.ts";
import type { World } from "./world.ts";

/** Marks stand beside the tags of what violates where the policy wants that, and nowhere else. */
export function checkMarks({ registry, rules }: World, record: ImageRecord, isAgainst: boolean): readonly string[] {
  const { repository, digest } = record.key;
  const shelf = registry.shelves.get(repository);
  const tags = tagsAt(shelf, digest);
  const own = tags.filter((tag) => !isMarkTag(tag));
  // No registry gives an index another name that misses a child: a person holds one.
  const isWhole = (shelf?.manifests.get(digest)?.children ?? []).every((child) => shelf?.manifests.has(child) === true);
  if (rules.isDryRun || own.length === 0 || !isWhole) return [];
  if (isAgainst && rules.onViolation === "mark")
    return own.filter((tag) => shelf?.tags.get(markOfTag(tag)) !== digest).map((tag) => `violates, and no mark stands beside ${tag}`);
  return isAgainst ? [] : tags.filter(isMarkTag).map((tag) => `does not violate, and ${tag} stands there`);
}

/** The tag that goes back is not left on what violates while something that complies had it before. `candidates`: what the gate saw it point at. */
export async function checkRolledBack(world: World, record: ImageRecord, records: readonly ImageRecord[]): Promise<readonly string[]> {
  const { registry, rules, store } = world;
  const { key } = record;
  if (rules.isDryRun || !rules.rollsBack || registry.find(key.repository, ROLLED_BACK)?.digest !== key.digest) return [];
  const bearers = await store.ledger.bearers(key, parseTag(ROLLED_BACK), 20);
  const better = bearers.filter((digest) => digest !== key.digest && isGood(world, records, key.repository, digest));
  return better.length === 0 ? [] : [`violates and has ${ROLLED_BACK}, which ${nameOf(better[0] ?? "")} had before`];
}

function isGood(world: World, records: readonly ImageRecord[], repository: string, digest: string): boolean {
  const record = records.find(({ key }) => key.repository === repository && key.digest === digest);
  const isFree = record?.hold.kind === "free" && record.override?.kind !== "hold" && record.presence === "present";
  const asks = world.rules.forbidsBad || world.rules.forbidsAttacked || world.rules.wantsSigned;
  return isFree && asks && world.registry.find(repository, digest) !== undefined && expectedVerdict(world, record) === "compliant";
}

/** Release tags that the gate set. Of all images, before any tag is judged that went back: it may go back to what it was set to a moment before. */
export function notePromotions(truth: Truth, actions: readonly StoredAction[]): void {
  for (const { action, outcome } of actions) {
    if (action.verb !== "retag" || action.purpose !== "promote" || outcome?.kind !== "applied") continue;
    for (const { tag, to } of givenBy(action)) truth.promoted(action.image.repository, tag, to, action.plannedAt);
  }
}

/** Whatever the gate gave a tag to bore it before, or complied and was to have it; of the label alone, which never changes. */
export function checkRetags(world: World, truth: Truth, actions: readonly StoredAction[]): readonly string[] {
  return actions.flatMap(({ action, outcome }) =>
    action.verb === "retag" && outcome?.kind === "applied" ? checkRetag(world, truth, action, outcome.at) : [],
  );
}

function checkRetag(world: World, truth: Truth, action: RetagAction, at: Instant): readonly string[] {
  const { purpose, image, cause } = action;
  if (purpose !== "promote" && purpose !== "roll-back") return [];
  const given = givenBy(action);
  const rules = world.past.policies.get(cause.policy ?? "");
  const bad = given.filter(({ to }) => rules !== undefined && isBadUnder(rules, to));
  const strange = purpose === "promote" ? [] : given.filter(({ tag, to }) => !hadBorne(world, truth, image.repository, tag, to, at));
  return [
    ...bad.map(({ tag, to }) => `${tag} was given to ${nameOf(to)}, which violates`),
    ...strange.map(({ tag, to }) => `${tag} was given to ${nameOf(to)}, which never had it`),
  ];
}

function givenBy({ changes }: RetagAction): readonly { readonly tag: string; readonly to: string }[] {
  return changes.filter(({ tag, to }) => to !== "absent" && !isMarkTag(tag)).map(({ tag, to }) => ({ tag, to: String(to) }));
}

function hadBorne({ past }: World, truth: Truth, repository: string, tag: string, digest: string, at: Instant): boolean {
  return bearersOf(past, repository, tag).has(digest) || truth.wasPromoted(repository, tag, digest, at);
}

function isBadUnder({ forbidsBad, waived }: Rules, digest: string): boolean {
  const ware = wareOf(digest);
  if (ware === undefined || !forbidsBad || waived === digest) return false;
  const parts = ware.children.length === 0 ? [ware] : ware.children;
  return parts.some((part) => part.isBad && waived !== digestOfWare(part));
}

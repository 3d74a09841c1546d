import type { ImageRecord } from "../../shared/domain/image-record.ts";
import { printImageKey } from "../../shared/domain/image-ref.ts";
import { isBroken, sameSet, tagsAt } from "./check-registry.ts";
import { checkMarks, checkRolledBack } from "./check-tags.ts";
import { checkWait } from "./check-use.ts";
import { expectedVerdict } from "./expected.ts";
import { nameOf, wareOf } from "./stock.ts";
import type { Truth } from "./truth.ts";
import { QUARANTINE, type World } from "./world.ts";

/** What the ledger says of one image, against the registry and against what the model says of it. `records`: all that it knows. */
export async function checkRecord(
  world: World,
  truth: Truth,
  record: ImageRecord,
  records: readonly ImageRecord[],
): Promise<readonly string[]> {
  const { key, hold, pending, presence } = record;
  const shelf = world.registry.shelves.get(key.repository);
  const served = shelf?.manifests.has(key.digest) === true;
  const tags = tagsAt(shelf, key.digest);
  const wrong =
    pending === undefined ? checkPlace(world, record, served, isForIndex(record, records)) : [`${pending.verb} is still pending`];
  if (wrong.length > 0) return wrong.map((finding) => `${nameIn(record)} ${finding}`);
  if (presence === "gone") return served && tags.length > 0 ? [`${nameIn(record)} is said to be gone and is there`] : [];
  // Whoever took a child away broke it, and a registry that takes no broken index can keep none. A child is judged with its index.
  if (isBroken(world.ideal, key.repository, wareOf(key.digest)) || (hold.kind === "free" && tags.length === 0)) return [];
  const found = [...checkState(world, record), ...checkTags(record, tags), ...(await checkHold(world, truth, record, records))];
  return found.map((finding) => `${nameIn(record)} ${finding}`);
}

function nameIn({ key }: ImageRecord): string {
  return `${nameOf(key.digest)} of ${key.repository}`;
}

/** The policy holds it, and an index that the gate knows and lets through names it: whoever pulls that gets it. */
function isForIndex({ key, override }: ImageRecord, records: readonly ImageRecord[]): boolean {
  const indexes = records.filter(
    (record) => record.key.repository === key.repository && record.presence === "present" && record.hold.kind === "free",
  );
  return override === undefined && indexes.some(({ children }) => children.includes(key.digest));
}

function checkPlace(
  { registry, rules, untold }: World,
  { key, hold, presence, tags }: ImageRecord,
  served: boolean,
  isLeft: boolean,
): readonly string[] {
  if (hold.kind === "free") return presence === "present" && !served && tags.length > 0 ? ["is free, said to be there, and is not"] : [];
  // A dry run holds nothing again that was pushed again; and no registry lists what has no tag, so without an event nobody knows of it.
  if (served && isLeft) return tagsAt(registry.shelves.get(key.repository), key.digest).map((tag) => `is held and served as ${tag}`);
  const isUnknown = untold.has(`${key.repository}@${key.digest}`) && tagsAt(registry.shelves.get(key.repository), key.digest).length === 0;
  if (served && !rules.isDryRun && !isUnknown) return ["is held and served"];
  return registry.find(`${QUARANTINE}/${key.repository}`, key.digest) === undefined ? ["is held and lies nowhere"] : [];
}

function checkTags({ hold, tags }: ImageRecord, inRegistry: readonly string[]): readonly string[] {
  if (hold.kind === "held" || sameSet(tags, inRegistry)) return [];
  return [`has the tags ${tags.join()} in the ledger, and ${inRegistry.join()} in the registry`];
}

function checkState(world: World, record: ImageRecord): readonly string[] {
  const expected = expectedVerdict(world, record);
  return record.verdict?.kind === expected ? [] : [`has the verdict ${record.verdict?.kind}, by the model it is ${expected}`];
}

async function checkHold(world: World, truth: Truth, record: ImageRecord, records: readonly ImageRecord[]): Promise<readonly string[]> {
  const { hold, override } = record;
  const isHeld = hold.kind === "held";
  if (truth.wished(printImageKey(record.key)) === "hold" && !isHeld) return ["was held by hand and is free"];
  if (override !== undefined) {
    const isAsWished = (override.kind === "hold") === isHeld || (override.kind === "hold" && isProtected(world, record));
    if (!isAsWished) return [`is said to be ${override.kind === "hold" ? "held" : "released"} by hand, and is not`];
    return override.kind === "release" ? checkMarks(world, record, false) : [];
  }
  return world.rules.isDryRun ? [] : checkPolicy(world, record, records);
}

/** Its registry lets nobody delete what a tagged index names, not for a person either. */
function isProtected({ registry }: World, { key }: ImageRecord): boolean {
  const shelf = registry.shelves.get(key.repository);
  const isNamed = [...(shelf?.tags.values() ?? [])].some((digest) => shelf?.manifests.get(digest)?.children.includes(key.digest) === true);
  return registry.dialect.keepsChildren && isNamed;
}

/** What the policy alone makes of it. */
async function checkPolicy(world: World, record: ImageRecord, records: readonly ImageRecord[]): Promise<readonly string[]> {
  const isHeld = record.hold.kind === "held";
  const isLetBe = world.rules.onViolation !== "hold";
  const expected = expectedVerdict(world, record);
  if (expected === "indeterminate") return [];
  if (expected === "compliant") return isHeld ? ["complies and is held"] : checkMarks(world, record, false);
  if (isHeld) return isLetBe ? ["violates, the policy lets it be, and it is held"] : [];
  const isWaiting = await isStopped(world.store, record);
  return [
    ...checkMarks(world, record, true),
    ...(isWaiting ? [] : await checkRolledBack(world, record, records)),
    ...(isLetBe || isWaiting ? [] : checkWait(world, record, records)),
  ];
}

async function isStopped({ runs }: World["store"], { isBraked, run }: ImageRecord): Promise<boolean> {
  const state = run === undefined ? undefined : (await runs.find(run))?.state;
  return isBraked === true && (state === "stopped" || state === "rejected");
}

import type { ImageRecord } from "../../shared/domain/image-record.ts";
import { printImageKey } from "../../shared/domain/image-ref.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import type { MemoryRegistry } from "../fakes/memory-registry.ts";
import { isBroken, sameSet, tagsAt } from "./check-registry.ts";
import { entriesAt } from "./play.ts";
import { digestOfWare, nameOf, type Ware, wareOf } from "./stock.ts";
import type { Truth } from "./truth.ts";
import { QUARANTINE, type World } from "./world.ts";

/** What the ledger says of one image, against the registry and against what the model says of it. */
export async function checkRecord(world: World, truth: Truth, record: ImageRecord): Promise<readonly string[]> {
  const { key, hold, pending, presence } = record;
  const shelf = world.registry.shelves.get(key.repository);
  const served = shelf?.manifests.has(key.digest) === true;
  const tags = tagsAt(shelf, key.digest);
  const wrong = pending === undefined ? checkPlace(world, record, served) : [`${pending.verb} is still pending`];
  if (wrong.length > 0) return wrong.map((finding) => `${nameIn(record)} ${finding}`);
  if (presence === "gone") return served && tags.length > 0 ? [`${nameIn(record)} is said to be gone and is there`] : [];
  // Whoever took a child away broke it, and a registry that takes no broken index can keep none. A child is judged with its index.
  if (isBroken(world.ideal, key.repository, wareOf(key.digest)) || (hold.kind === "free" && tags.length === 0)) return [];
  const found = [...checkState(world, record), ...checkTags(record, tags), ...(await checkHold(world, truth, record))];
  return found.map((finding) => `${nameIn(record)} ${finding}`);
}

function nameIn({ key }: ImageRecord): string {
  return `${nameOf(key.digest)} of ${key.repository}`;
}

function checkPlace({ registry, rules, untold }: World, { key, hold, presence, tags }: ImageRecord, served: boolean): readonly string[] {
  if (hold.kind === "free") return presence === "present" && !served && tags.length > 0 ? ["is free, said to be there, and is not"] : [];
  // A dry run holds nothing again that was pushed again; and no registry lists what has no tag, so without an event nobody knows of it.
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

async function checkHold(world: World, truth: Truth, record: ImageRecord): Promise<readonly string[]> {
  const { hold, override } = record;
  const isHeld = hold.kind === "held";
  if (truth.wished(printImageKey(record.key)) === "hold" && !isHeld) return ["was held by hand and is free"];
  if (override !== undefined) {
    const isAsWished = (override.kind === "hold") === isHeld;
    return isAsWished ? [] : [`is said to be ${override.kind === "hold" ? "held" : "released"} by hand, and is not`];
  }
  if (world.rules.isDryRun) return [];
  const expected = expectedVerdict(world, record);
  if (expected === "compliant" && isHeld) return ["complies and is held"];
  return expected === "violating" && !isHeld && !(await isStopped(world.store, record)) ? ["violates and is served"] : [];
}

async function isStopped({ runs }: World["store"], { isBraked, run }: ImageRecord): Promise<boolean> {
  const state = run === undefined ? undefined : (await runs.find(run))?.state;
  return isBraked === true && (state === "stopped" || state === "rejected");
}

/** What the policy in force says of an image; by the model alone. */
function expectedVerdict(world: World, { key: { repository, digest }, hold }: ImageRecord): Verdict["kind"] {
  const { registry, rules } = world;
  const ware = wareOf(digest);
  if (ware === undefined) return "compliant";
  const places = hold.kind === "held" ? [repository, `${QUARANTINE}/${repository}`] : [repository];
  const isThere = (part: Ware): boolean => places.some((place) => registry.find(place, digestOfWare(part)) !== undefined);
  const isWaived = (part: Ware): boolean => rules.waived === digest || rules.waived === digestOfWare(part);
  const all = ware.children.length === 0 ? [ware] : ware.children;
  const parts = all.filter(isThere);
  const isBad = rules.forbidsBad && parts.some((part) => part.isBad && !isWaived(part));
  const isUnsigned = rules.wantsSigned && !places.some((place) => isSigned(registry, place, ware));
  if (isBad || isUnsigned) return "violating";
  return rules.forbidsBad && parts.length < all.length ? "indeterminate" : "compliant";
}

function isSigned(registry: MemoryRegistry, repository: string, { signature, built }: Ware): boolean {
  const { digest } = signature.manifest;
  if (registry.find(repository, digest) === undefined) return false;
  if (registry.dialect.hasReferrersApi) return true;
  return entriesAt(registry, repository, built.manifest.digest.replace(":", "-")).some((entry) => entry.digest === digest);
}

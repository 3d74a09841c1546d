import type { ImageRecord } from "../../shared/domain/image-record.ts";
import type { MemoryRegistry, Shelf } from "../fakes/memory-registry.ts";
import { isMarkTag } from "./policy.ts";
import { ALL_WARES, digestOfWare, isList, nameOf, PARTS, type Ware, wareOf } from "./stock.ts";
import type { Truth } from "./truth.ts";
import { entriesAt } from "./user-acts.ts";
import { HOST, QUARANTINE, type World } from "./world.ts";

/** Every image with a tag is known. */
export function checkKnown({ registry }: World, records: readonly ImageRecord[]): readonly string[] {
  const known = new Set(records.filter(({ presence }) => presence === "present").map(({ key }) => `${key.repository}@${key.digest}`));
  return sourcesOf(registry).flatMap(([repository, shelf]) =>
    [...shelf.tags]
      .filter(([, digest]) => wareOf(digest) !== undefined && !known.has(`${repository}@${digest}`))
      .map(([tag, digest]) => `${nameOf(digest)} is served as ${repository}:${tag} and not known`),
  );
}

/** Everything that users pushed and did not delete lies somewhere, with all that it names. */
export function checkNothingLost({ registry, ideal }: World, truth: Truth): readonly string[] {
  return sourcesOf(ideal).flatMap(([repository, shelf]) =>
    [...shelf.manifests.values()].flatMap(({ digest, blobs }) => {
      const places = [repository, `${QUARANTINE}/${repository}`].filter((place) => registry.find(place, digest) !== undefined);
      if (isList(digest) || (places.length === 0 && truth.wasDeleted(repository, digest))) return [];
      if (places.length === 0) return [`${nameOf(digest)} of ${repository} is lost`];
      const isWhole = places.some((place) => blobs.every((blob) => registry.shelves.get(place)?.blobs.has(blob) === true));
      return isWhole ? [] : [`${nameOf(digest)} of ${repository} has lost its blobs`];
    }),
  );
}

/** No index that the gate knows and lets through misses a child that would be there without a gate. */
export function checkIndexes({ registry, ideal, rules }: World, records: readonly ImageRecord[]): readonly string[] {
  // A dry run changes nothing, also not back.
  if (rules.isDryRun) return [];
  return records.flatMap(({ hold, key: { repository, digest } }) => {
    const shelf = registry.shelves.get(repository);
    if (hold.kind === "held" || shelf?.manifests.has(digest) !== true || isBroken(ideal, repository, wareOf(digest))) return [];
    const isHeldByHand = (child: string): boolean =>
      records.some(({ key, override }) => key.repository === repository && key.digest === child && override?.kind === "hold");
    return (wareOf(digest)?.children ?? [])
      .map(digestOfWare)
      .filter((child) => !isHeldByHand(child))
      .filter((child) => !shelf.manifests.has(child) && ideal.find(repository, child) !== undefined)
      .map((child) => `${nameOf(digest)} of ${repository} is served without its child ${nameOf(child)}`);
  });
}

/** Every repository is as it were without a gate, and the quarantine is empty. */
export function checkAsIdeal({ registry, ideal }: World, truth: Truth): readonly string[] {
  const repositories = new Set([...sourcesOf(registry), ...sourcesOf(ideal)].map(([name]) => name));
  return [...repositories].flatMap((repository) => [
    ...compareManifests(registry, ideal, repository, truth),
    ...compareTags(registry, ideal, repository, truth),
    ...leftIn(registry, ideal, repository, truth),
  ]);
}

function compareManifests(registry: MemoryRegistry, ideal: MemoryRegistry, repository: string, truth: Truth): readonly string[] {
  const [real, wanted] = [registry, ideal].map((each) => [...(each.shelves.get(repository)?.manifests.keys() ?? [])]);
  const missing = (wanted ?? []).filter(
    (digest) => !isList(digest) && real?.includes(digest) !== true && !truth.wasDeleted(repository, digest),
  );
  const extra = (real ?? []).filter(
    (digest) => !isList(digest) && wanted?.includes(digest) !== true && !truth.mayReturn(repository, `@${digest}`),
  );
  return [
    ...missing.map((digest) => `${nameOf(digest)} did not come back to ${repository}`),
    ...extra.map((digest) => `${nameOf(digest)} is in ${repository}, where nobody left it`),
  ];
}

function leftIn(registry: MemoryRegistry, ideal: MemoryRegistry, repository: string, truth: Truth): readonly string[] {
  const away = registry.shelves.get(`${QUARANTINE}/${repository}`);
  // Copied because an index named it that was deleted since: without a tag it is left to the registry's own garbage collection.
  const isGarbage = (digest: string): boolean => {
    const named = ALL_WARES.filter((ware) => ware.children.some((child) => digestOfWare(child) === digest));
    return tagsAt(away, digest).length === 0 && named.some((ware) => truth.wasDeleted(repository, digestOfWare(ware)));
  };
  // A person asked to hold what its registry lets nobody delete: the hold failed when it was copied.
  const isRefused = (digest: string): boolean =>
    registry.dialect.keepsChildren && isPart(digest) && truth.wasAsked(`${HOST}/${repository}@${digest}`);
  const copies = [...(away?.manifests.keys() ?? [])].filter((digest) => !isGarbage(digest) && !isRefused(digest));
  // What was copied of an index that cannot be copied whole, for a user took a child away.
  const isOfBroken = (digest: string): boolean =>
    ALL_WARES.some((ware) => isBroken(ideal, repository, ware) && ware.children.some((child) => digestOfWare(child) === digest));
  return copies
    .filter((digest) => !isList(digest) && !isOfBroken(digest))
    .map((digest) => `a copy of ${nameOf(digest)} was left in the quarantine of ${repository}`);
}

function isPart(digest: string): boolean {
  return PARTS.some((part) => digestOfWare(part) === digest);
}

/** Whether a user took a child of it away. */
export function isBroken(ideal: MemoryRegistry, repository: string, ware: Ware | undefined): boolean {
  return ware?.children.some((child) => ideal.find(repository, digestOfWare(child)) === undefined) === true;
}

function compareTags(registry: MemoryRegistry, ideal: MemoryRegistry, repository: string, truth: Truth): readonly string[] {
  const [real, wanted] = [registry, ideal].map((each) => each.shelves.get(repository)?.tags ?? new Map<string, string>());
  const tags = new Set([...(real?.keys() ?? []), ...(wanted?.keys() ?? [])]);
  return [...tags]
    .filter((tag) => real?.get(tag) !== wanted?.get(tag) && !isKeeping(registry, repository, tag))
    .flatMap((tag) =>
      tag.startsWith("sha256-")
        ? compareLists(registry, ideal, repository, tag, truth)
        : compareTag({ repository, tag, is: real?.get(tag), should: wanted?.get(tag) }, truth),
    );
}

/** A mark that is the only tag of its image stays, for some registries drop what has none. */
function isKeeping({ shelves }: MemoryRegistry, repository: string, tag: string): boolean {
  const shelf = shelves.get(repository);
  const digest = shelf?.tags.get(tag);
  return isMarkTag(tag) && digest !== undefined && tagsAt(shelf, digest).length === 1;
}

/** Lists of referrers are written anew by whoever adds to them: what they name is compared, not their bytes. */
function compareLists(registry: MemoryRegistry, ideal: MemoryRegistry, repository: string, tag: string, truth: Truth): readonly string[] {
  // It went with its image.
  if (truth.wasDeleted(repository, tag.replace("-", ":"))) return [];
  const [is = [], should = []] = [registry, ideal].map((each) => entriesAt(each, repository, tag).map(({ digest }) => digest));
  return sameSet(is, should) ? [] : [`a list of referrers in ${repository} names ${is.length} manifests, not ${should.length}`];
}

interface Compared {
  readonly repository: string;
  readonly tag: string;
  readonly is: string | undefined;
  readonly should: string | undefined;
}

function compareTag({ repository, tag, is, should }: Compared, truth: Truth): readonly string[] {
  if (truth.isConfused(repository, tag)) return [];
  if (is === undefined && should !== undefined && truth.wasDeleted(repository, should)) return [];
  // What was promoted was not taken back: the policy has been obeyed.
  if (is !== undefined && truth.wasPromoted(repository, tag, is)) return [];
  if (should === undefined && is !== undefined && truth.mayReturn(repository, `:${tag}@${is}`)) return [];
  const name = (digest: string | undefined): string => (digest === undefined ? "gone" : nameOf(digest));
  return [`${repository}:${tag} is ${name(is)}, without the gate it were ${name(should)}`];
}

function sourcesOf({ shelves }: MemoryRegistry): readonly (readonly [string, Shelf])[] {
  return [...shelves].filter(([repository]) => !repository.startsWith(`${QUARANTINE}/`));
}

export function tagsAt(shelf: Shelf | undefined, digest: string): readonly string[] {
  return [...(shelf?.tags ?? [])].flatMap(([tag, named]) => (named === digest ? [tag] : []));
}

export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}

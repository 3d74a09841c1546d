import type { Built } from "../../functions/local/samples/image.ts";
import { parseDigest } from "../../shared/domain/digest.ts";
import { OCI_INDEX } from "../../shared/domain/manifest.ts";
import { digestOf, type MemoryRegistry } from "../fakes/memory-registry.ts";
import type { Mail, Move } from "./move.ts";
import { ALL_WARES, digestOfWare, type Ware } from "./stock.ts";
import type { Truth } from "./truth.ts";
import { QUARANTINE, type World } from "./world.ts";

const USER = "user";

export type UserMove = Extract<Move, { readonly mail: Mail }>;

/** Done to the registry and to the one that never had a gate. The mail of the move lies at the end of the world's. */
export function userActs(world: World, truth: Truth, move: UserMove): void {
  const { registry, ideal } = world;
  const { repository } = move;
  if (move.kind === "untag") {
    confuse(world, truth, repository, [move.tag]);
    truth.disturb(world, repository, [move.tag], registry.find(repository, move.tag)?.digest);
    if (registry.remove(repository, move.tag, USER) === 202) ideal.remove(repository, move.tag, USER);
    return;
  }
  const ware = ALL_WARES[move.ware];
  if (ware === undefined) return;
  if (move.kind === "push") {
    if (move.mail === "late") truth.toldLate(repository, move.tag, digestOfWare(ware));
    if (move.tag !== undefined) confuse(world, truth, repository, [move.tag]);
    return pushBoth(world, truth, repository, ware, move.tag);
  }
  if (move.kind === "sign") return signBoth(world, repository, ware, move.isWhereItLies);
  if (move.kind === "unsign") return unsignBoth(world, repository, ware);
  const digest = digestOfWare(ware);
  const tags = tagsOf(registry, repository, digest);
  const without = tagsOf(ideal, repository, digest);
  confuse(world, truth, repository, [...tags, ...without]);
  // Those of a held image went with it and come back with it.
  truth.disturb(world, repository, [...tags, ...without], digest);
  if (registry.remove(repository, digest, USER) === 202) ideal.remove(repository, digest, USER);
}

function tagsOf(registry: MemoryRegistry, repository: string, digest: string): readonly string[] {
  return [...(registry.shelves.get(repository)?.tags ?? [])].flatMap(([tag, named]) => (named === digest ? [tag] : []));
}

/** What the gate has moved does not point where it would without it. */
function confuse({ registry, ideal, process, rules }: World, truth: Truth, repository: string, tags: readonly string[]): void {
  const movesTags = rules.rollsBack || rules.promotes;
  for (const tag of tags) {
    const [is, should] = [registry, ideal].map((each) => each.find(repository, tag)?.digest);
    const isMoved = is !== undefined && is !== should;
    if (isMoved || (movesTags && process.tasks.size > 0)) truth.confuse(repository, tag);
  }
}

function pushBoth(world: World, truth: Truth, repository: string, ware: Ware, tag: string | undefined): void {
  const { registry, ideal } = world;
  const at = world.clock.now();
  world.past.pushes.push(
    ...[ware, ...ware.children].map((each) => ({ repository, digest: digestOfWare(each), tag: each === ware ? tag : undefined, at })),
  );
  if (tag !== undefined) truth.disturb(world, repository, [tag], undefined);
  for (const child of ware.children) {
    // A pusher asks first and sends what is missing.
    if (registry.find(repository, digestOfWare(child)) === undefined) put(registry, repository, digestOfWare(child), child.built);
    if (ideal.find(repository, digestOfWare(child)) === undefined) put(ideal, repository, digestOfWare(child), child.built);
  }
  for (const each of [registry, ideal]) put(each, repository, tag ?? digestOfWare(ware), ware.built);
}

function put(registry: MemoryRegistry, repository: string, reference: string, { manifest, blobs }: Built): void {
  for (const { bytes } of blobs) registry.putBlob(repository, bytes);
  const status = registry.put(repository, reference, manifest, USER);
  if (status !== 201) throw new Error(`a user could not push ${reference} to ${repository}: ${status}`);
}

function signBoth(world: World, repository: string, ware: Ware, isWhereItLies: boolean): void {
  const away = `${QUARANTINE}/${repository}`;
  const isAway = isWhereItLies && world.registry.find(away, digestOfWare(ware)) !== undefined;
  attach(world.registry, isAway ? away : repository, ware);
  attach(world.ideal, repository, ware);
}

function attach(registry: MemoryRegistry, repository: string, { signature, built }: Ware): void {
  put(registry, repository, signature.manifest.digest, signature);
  if (registry.dialect.hasReferrersApi) return;
  const tag = built.manifest.digest.replace(":", "-");
  const { mediaType, digest, bytes } = signature.manifest;
  const others = entriesAt(registry, repository, tag).filter((entry) => entry.digest !== digest);
  putList(registry, repository, tag, [...others, { mediaType, digest, size: bytes.length }]);
}

function unsignBoth({ registry, ideal }: World, repository: string, ware: Ware): void {
  const { digest } = ware.signature.manifest;
  if (registry.find(repository, digest) === undefined) return;
  for (const each of [registry, ideal]) detach(each, repository, ware);
}

function detach(registry: MemoryRegistry, repository: string, { signature, built }: Ware): void {
  const tag = built.manifest.digest.replace(":", "-");
  const list = registry.find(repository, tag);
  if (list !== undefined) {
    const left = entriesAt(registry, repository, tag).filter((entry) => entry.digest !== signature.manifest.digest);
    if (left.length > 0) putList(registry, repository, tag, left);
    else registry.remove(repository, list.digest, USER);
  }
  registry.remove(repository, signature.manifest.digest, USER);
}

export interface ListEntry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** What the list of referrers under a tag names. */
export function entriesAt(registry: MemoryRegistry, repository: string, tag: string): readonly ListEntry[] {
  const list = registry.find(repository, tag);
  if (list === undefined) return [];
  return (JSON.parse(Buffer.from(list.bytes).toString("utf8")) as { readonly manifests: readonly ListEntry[] }).manifests;
}

function putList(registry: MemoryRegistry, repository: string, tag: string, manifests: readonly ListEntry[]): void {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  put(registry, repository, tag, { manifest: { mediaType: OCI_INDEX, digest: parseDigest(digestOf(bytes)), bytes }, blobs: [] });
}

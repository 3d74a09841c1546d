import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey, Repository, RepositoryKey, Tag } from "../domain/image-ref.ts";
import { AdapterError } from "../ports/adapter-error.ts";

import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { digestNamedBy } from "./subject.ts";
import type { Sweeping } from "./sweep-part.ts";
import type { RecordLook } from "./sweep-records.ts";
import type { TakeIn } from "./take-in.ts";
import { type DueWork, judgeWork } from "./work.ts";

/** `gone`: its registry lists it no more, so nothing is in it. `not-known`: nobody said whether it is there. */
export type Listing = "readable" | "gone" | "not-known";

export interface RepositoryLook {
  readonly deps: GateDeps;
  readonly watched: WatchedRegistry;
  readonly sweeping: Sweeping;
  readonly takeIn: TakeIn | undefined;
  readonly records: RecordLook;
}

export interface SweptRepository {
  /** Tags that were read. */
  readonly images: number;
  /** It could not be read to its end: nothing is taken for gone. */
  readonly fault?: AdapterError;
}

/** What is known of its tags: not all of them where its list was not read to its end. */
interface Listed {
  readonly tags: ReadonlyMap<Digest, readonly Tag[]>;
  readonly isWhole: boolean;
  readonly fault?: AdapterError;
}

/** Images of which there are records, with what is attached to those that are there. */
type Known = ReadonlyMap<Digest, readonly Digest[]>;

const PAGE = 500;

/** What lies in a repository beside what is known of it. Its list is read first: what is pushed meanwhile is known already when records are read. */
export async function sweepRepository(look: RepositoryLook, repository: Repository, listing: Listing): Promise<SweptRepository> {
  const list = await listed(look, repository, listing);
  const place = { registry: look.watched.registry.host, repository };
  const known = await compareRecords(look, place, list);
  for (const [digest, names] of list.tags)
    for (const tag of names) if (!isKnown(known, digest, tag)) await takeUnknown(look, { ...place, digest }, tag);
  const images = [...list.tags.values()].reduce((sum, names) => sum + names.length, 0);
  look.sweeping.counts.images += images;
  return { images, ...(list.fault === undefined ? {} : { fault: list.fault }) };
}

/** What was read before a fault is there all the same. */
async function listed({ watched, sweeping, takeIn }: RepositoryLook, repository: Repository, listing: Listing): Promise<Listed> {
  const tags = new Map<Digest, Tag[]>();
  if (listing !== "readable") return { tags, isWhole: listing === "gone" };
  try {
    for await (const { digest, tag } of watched.registry.inventory(repository, sweeping.signal)) {
      takeIn?.passed();
      const others = tags.get(digest);
      if (others === undefined) tags.set(digest, [tag]);
      else others.push(tag);
    }
    return { tags, isWhole: true };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { tags, isWhole: false, fault: error };
  }
}

async function compareRecords(
  { deps, sweeping, records }: RepositoryLook,
  place: RepositoryKey,
  { tags, isWhole }: Listed,
): Promise<Known> {
  const { counts, signal } = sweeping;
  const known = new Map<Digest, readonly Digest[]>();
  const dueAmong = records.in(place);
  let after: string | undefined;
  do {
    const page = await deps.ledger.images({ ...place, limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const { key, presence, attached = [] } of page.items) known.set(key.digest, presence === "present" ? attached : []);
    const isMissing = (record: ImageRecord): boolean => isThere(record) && record.tags.length > 0 && !tags.has(record.key.digest);
    // Absence is only proven by a list that was read to its end.
    const vanished = isWhole ? page.items.filter(isMissing) : [];
    const moved = await Promise.all(page.items.map((record) => newTags(sweeping, record, tags.get(record.key.digest) ?? [])));
    const work = [...moved.flat(), ...(await dueAmong(page.items, vanished))];
    if (work.length > 0) await deps.queue.put(work, sweeping.now);
    counts.gone += vanished.length;
    counts.queued += work.length;
    after = page.next;
  } while (after !== undefined && signal?.aborted !== true);
  return known;
}

/** A tag that came to it, or any where it is held or gone: it is back. */
async function newTags({ now, runs }: Sweeping, record: ImageRecord, tags: readonly Tag[]): Promise<readonly DueWork[]> {
  const isKnown = (tag: Tag): boolean => isThere(record) && record.tags.includes(tag);
  const others = tags.filter((tag) => !isKnown(tag));
  if (others.length === 0) return [];
  const run = isThere(record) ? { run: await runs.ofSweep() } : {};
  return others.map((tag) => judgeWork({ ...record.key, tag, origin: "sweep", ...run }, now));
}

function isThere({ presence, hold }: ImageRecord): boolean {
  return presence === "present" && hold.kind === "free";
}

/** An image, or a list of referrers or an old signature: its tag names the image that it was attached to when that was judged. */
function isKnown(known: Known, digest: Digest, tag: Tag): boolean {
  const subject = digestNamedBy(tag);
  return known.has(digest) || (subject !== undefined && known.get(subject)?.includes(digest) === true);
}

/** Nothing was known of it when the records were read. */
async function takeUnknown({ deps, sweeping, takeIn }: RepositoryLook, image: ImageKey, tag: Tag): Promise<void> {
  const { counts, now } = sweeping;
  if ((await deps.ledger.image(image)) !== undefined) return;
  counts.queued += 1;
  // It was there before the gate was: no event that was missed.
  if (takeIn !== undefined) return takeIn.add({ ...image, tag });
  counts.missed += 1;
  // The lists of referrers are tags too; what they hold is looked at, and they themselves are never images.
  await deps.queue.put([judgeWork({ ...image, tag, origin: "sweep" }, now)], now);
}

import { type Digest, parseDigest } from "../../domain/digest.ts";
import type { ImageRecord } from "../../domain/image-record.ts";
import type { ImageKey, RepositoryKey, Tag } from "../../domain/image-ref.ts";
import { inPages } from "../../ports/in-pages.ts";
import type { Documents } from "./documents.ts";
import { type ImageDocument, imageItemKey } from "./image-document.ts";
import type { Key } from "./item.ts";

/**
 * An image that the tag was seen to point at. With a version: it may bear the tag, from the step on that made this version of it; without one, it was seen
 * to bear it no more.
 */
type Seen = readonly [digest: string, version?: number];

/** What one tag pointed at, newest first, each image once. */
interface TagDocument {
  readonly seen: readonly Seen[];
}

/**
 * From a tag to images: one item for each tag of a repository. It is written before the step that gives the tag to an image, and names every image that bears
 * it, and some that do not: whoever reads it asks the image. An image that has lost the tag is struck out by the next one that gets it, so losing costs nothing.
 */
export interface TagHeads {
  /** Of a step that is about to be taken. */
  announce(before: ImageRecord | undefined, after: ImageRecord): Promise<void>;
  /** Those among which all that bear it are. */
  mayBear(place: RepositoryKey, tag: Tag): Promise<readonly ImageKey[]>;
  /** Newest first. */
  bearers(place: RepositoryKey, tag: Tag, limit: number): Promise<readonly Digest[]>;
}

/** So many fit into the KB that is paid for; a roll-back goes no further. */
const MOST_BEARERS = 20;
/** Between two looks at an image that lost the tag, others may get it: beyond so many, the sweep has to find the oldest. */
const MOST_SEEN = 100;
/** An image may come with any number of tags at once, where nobody told of them. */
const AT_ONCE = 50;

export function openTagHeads(documents: Documents): TagHeads {
  const imageOf = ({ registry, repository }: RepositoryKey, [digest]: Seen): ImageKey => ({
    registry,
    repository,
    digest: parseDigest(digest),
  });
  const readToChange = async (place: RepositoryKey, tag: Tag): Promise<readonly Seen[]> =>
    (await documents.readToChange<TagDocument>(tagKey(place, tag)))?.seen ?? [];

  /** By what was read of it since it was named: an image that gets the tag back is named again, with a later version. */
  async function hasLost(key: ImageKey, tag: Tag, since: number): Promise<boolean> {
    const known = await documents.recalled<ImageDocument>(imageItemKey(key));
    if (known === "forgotten" || known?.record === undefined) return false;
    return known.record.version >= since && !known.record.tags.includes(tag);
  }

  async function struck(place: RepositoryKey, tag: Tag, seen: Seen): Promise<Seen> {
    const [digest, since] = seen;
    return since !== undefined && (await hasLost(imageOf(place, seen), tag, since)) ? [digest] : seen;
  }

  async function announceOne({ key, version }: ImageRecord, tag: Tag): Promise<void> {
    const item = tagKey(key, tag);
    await documents.change(`${item.pk} ${tag}`, async (change) => {
      const seen = (await change.get<TagDocument>(item))?.seen ?? [];
      const [newest] = seen;
      if (newest?.[0] === key.digest && newest[1] === version) return;
      const others = seen.filter(([digest]) => digest !== key.digest);
      const next: Seen[] = [[key.digest, version], ...(await Promise.all(others.map((each) => struck(key, tag, each))))];
      change.put(item, { seen: bounded(next) } satisfies TagDocument);
    });
  }

  return {
    async announce(before, after) {
      const tags = [...new Set(after.tags)].filter((tag) => before?.tags.includes(tag) !== true);
      for await (const some of inPages(tags, AT_ONCE)) {
        // One or two were looked at when it was asked who else has them.
        if (some.length > 2) await documents.readAllToChange(some.map((tag) => tagKey(after.key, tag)));
        await Promise.all(some.map((tag) => announceOne(after, tag)));
      }
    },
    async mayBear(place, tag) {
      const seen = await readToChange(place, tag);
      return seen.filter(([, version]) => version !== undefined).map((each) => imageOf(place, each));
    },
    async bearers(place, tag, limit) {
      const seen = await readToChange(place, tag);
      const images = await documents.readAll<ImageDocument>(seen.map((each) => imageItemKey(imageOf(place, each))));
      // The step that was announced, or another in its place, was taken.
      const isTaken = ([, version = 1]: Seen, at: number): boolean => (images[at]?.record?.version ?? 0) >= version;
      return seen
        .filter(isTaken)
        .slice(0, Math.min(limit, MOST_BEARERS))
        .map(([digest]) => parseDigest(digest));
    },
  };
}

function tagKey({ registry, repository }: RepositoryKey, tag: Tag): Key {
  return { pk: `tag#${registry}/${repository}`, sk: tag };
}

/** Those that bear it no more go first, the oldest before. */
function bounded(seen: readonly Seen[]): readonly Seen[] {
  const bearing = seen.filter(([, version]) => version !== undefined).slice(0, MOST_SEEN);
  const room = Math.max(0, MOST_BEARERS - bearing.length);
  const kept = new Set([...bearing, ...seen.filter(([, version]) => version === undefined).slice(0, room)]);
  return seen.filter((each) => kept.has(each));
}

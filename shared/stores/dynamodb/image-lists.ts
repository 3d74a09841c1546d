import type { ImageRecord } from "../../domain/image-record.ts";
import type { ImageKey, Tag } from "../../domain/image-ref.ts";
import type { ImageQuery, Page } from "../../ports/ledger.ts";
import { newestOf, pageOf } from "./by-time.ts";
import { placesOf } from "./digest-places.ts";
import type { Documents } from "./documents.ts";
import { type ImageDocument, imageItemKey, LISTED_FOR, MANY_TAGS, type SeenImage, seenImage, seenImageIn } from "./image-document.ts";
import { imageOf, imagesIn } from "./image-places.ts";
import { type Item, type Key, keyOf } from "./item.ts";
import { readPlace } from "./list-place.ts";
import type { Requests } from "./requests.ts";
import { IMAGE_LISTS } from "./shards.ts";
import type { TagHeads } from "./tag-heads.ts";

const MAX_LIMIT = 500;
const PAGE = 100;
/** More words than a person types only cost time. */
const MAX_WORDS = 16;

interface Deps {
  readonly requests: Requests;
  readonly documents: Documents;
  readonly tags: Pick<TagHeads, "mayBear">;
}

interface Candidate {
  readonly key: Key;
  readonly seen: SeenImage;
  readonly tags: string;
  readonly at: number;
  /** Absent where an index named it: it is read where it is shown. */
  readonly image?: ImageDocument;
}

type Fits = (image: Candidate) => boolean;

/** Lists images, newest change first. A page's `next` is the stamp of the last change on it. */
export async function listImages(deps: Deps, query: ImageQuery): Promise<Page<ImageRecord>> {
  const limit = Math.min(Math.max(1, Math.trunc(query.limit)), MAX_LIMIT);
  const before = query.after === undefined ? Number.MAX_SAFE_INTEGER : readPlace(query.after);
  const fits = filter(query);
  const isMeant: Fits = (candidate) => candidate.at < before && fits(candidate);
  async function* meant(): AsyncGenerator<Candidate> {
    for await (const candidate of candidates(deps, query, isMeant, before, limit)) if (isMeant(candidate)) yield candidate;
  }
  const { shown, ...next } = await pageOf(meant(), limit);
  const images = (await readShown(deps.documents, shown)).filter((image) => fits(candidateOf(image)));
  return { items: images.flatMap(({ record }) => (record === undefined ? [] : [record])), ...next };
}

/** In the order of the list: by the digest, the tag or the repository where one is given, as they are now; else by the last change. */
async function* candidates(
  { requests, documents, tags }: Deps,
  { digest, registry, repository, tag }: ImageQuery,
  isMeant: Fits,
  before: number,
  limit: number,
): AsyncGenerator<Candidate> {
  const isPlaced = registry !== undefined && repository !== undefined;
  if (digest !== undefined) yield* await newest(await read(documents, await placesOf(documents, digest)), isMeant, limit);
  else if (isPlaced && tag !== undefined)
    yield* await newest(await read(documents, await tags.mayBear({ registry, repository }, tag)), isMeant, limit);
  else if (isPlaced) yield* await newest(imagesIn(documents, { registry, repository }), isMeant, limit);
  else yield* newestOf(requests, { lists: IMAGE_LISTS, within: LISTED_FOR, before, page: Math.max(PAGE, limit + 1), read: candidateIn });
}

/** Whoever asks for images by a name may go on to change one. */
async function read(documents: Documents, keys: readonly ImageKey[]): Promise<readonly ImageDocument[]> {
  return (await documents.readAllToChange<ImageDocument>(keys.map(imageItemKey))).filter((image) => image !== undefined);
}

/** Keeps no more of a large repository than is shown of it. */
async function newest(
  images: AsyncIterable<ImageDocument> | Iterable<ImageDocument>,
  isMeant: Fits,
  limit: number,
): Promise<readonly Candidate[]> {
  let found: readonly Candidate[] = [];
  let more: Candidate[] = [];
  for await (const image of images) {
    const candidate = candidateOf(image);
    if (isMeant(candidate)) more.push(candidate);
    if (more.length <= limit) continue;
    found = pageAndOne([...found, ...more], limit);
    more = [];
  }
  return pageAndOne([...found, ...more], limit);
}

/** With all of the same time as the last of the page, and one that comes after. */
function pageAndOne(found: readonly Candidate[], limit: number): readonly Candidate[] {
  const sorted = found.toSorted((one, other) => other.at - one.at);
  const last = sorted[limit - 1]?.at ?? 0;
  const after = sorted.findIndex(({ at }, place) => place >= limit && at < last);
  return after === -1 ? sorted : sorted.slice(0, after + 1);
}

/** What an index named is read, for it tells what was a moment ago. */
async function readShown(documents: Documents, shown: readonly Candidate[]): Promise<readonly ImageDocument[]> {
  const apart = shown.filter(({ image }) => image === undefined);
  const found = (await documents.readAll<ImageDocument>(apart.map(({ key }) => key))).values();
  return shown.map(({ image }) => image ?? found.next().value).filter((image) => image !== undefined);
}

function candidateIn(item: Item): Candidate {
  const seen = seenImageIn(item);
  return { key: keyOf(item), seen, tags: item["y"]?.S ?? "", at: seen.at };
}

function candidateOf(image: ImageDocument): Candidate {
  const tags = (image.record?.tags ?? []).join(" ");
  return { key: imageItemKey(image.key), seen: seenImage(image), tags, at: image.changedAt ?? 0, image };
}

function filter({ verdict, held, registry, repository, tag, words }: ImageQuery): Fits {
  const wanted = wordsIn(words);
  return (candidate) => {
    const { key, seen, tags } = candidate;
    const { digest, ...place } = imageOf(key);
    if (seen.presence === undefined) return false;
    if (verdict !== undefined && seen.verdict !== verdict) return false;
    if (held !== undefined && (seen.isHeld === true) !== held) return false;
    if (registry !== undefined && place.registry !== registry) return false;
    if (repository !== undefined && place.repository !== repository) return false;
    return (tag === undefined || hasTag(candidate, tag)) && hasWords(`${place.registry}/${place.repository}\n${digest}`, tags, wanted);
  };
}

function hasTag({ image, tags }: Candidate, tag: Tag): boolean {
  if (image !== undefined) return image.record?.tags.includes(tag) === true;
  return tags === MANY_TAGS || tags.split(" ").includes(tag);
}

function wordsIn(words: readonly string[] = []): readonly string[] {
  return words.slice(0, MAX_WORDS).map((word) => word.toLowerCase());
}

function hasWords(name: string, tags: string, wanted: readonly string[]): boolean {
  if (tags === MANY_TAGS) return true;
  const words = `${name}\n${tags}`.toLowerCase();
  return wanted.every((word) => words.includes(word));
}

import type { ImageRecord } from "../../domain/image-record.ts";
import type { ImageQuery, Page } from "../../ports/ledger.ts";
import { newestOf } from "./by-time.ts";
import type { Documents } from "./documents.ts";
import { type ImageDocument, imageItemKey, LISTED_FOR, type SeenImage, seenImage, tagsText, wordsOf } from "./image-document.ts";
import { imagesIn, inPages } from "./image-places.ts";
import { type Item, type Key, keyOf, seenOf } from "./item.ts";
import { readPlace } from "./list-place.ts";
import type { Requests } from "./requests.ts";
import { IMAGE_LISTS } from "./shards.ts";

const MAX_LIMIT = 500;
const PAGE = 100;
/** More words than a person types only cost time. */
const MAX_WORDS = 16;

interface Candidate {
  readonly key: Key;
  readonly seen: SeenImage;
  readonly tags: string;
  readonly at: number;
}

type Fits = (image: Candidate) => boolean;

/** Lists images, newest change first. A page's `next` is the stamp of the last change on it. */
export async function listImages(requests: Requests, documents: Documents, query: ImageQuery): Promise<Page<ImageRecord>> {
  const limit = Math.min(Math.max(1, Math.trunc(query.limit)), MAX_LIMIT);
  const before = query.after === undefined ? Number.MAX_SAFE_INTEGER : readPlace(query.after);
  const found: Candidate[] = [];
  const fits = filter(query);
  for await (const candidate of candidates(requests, documents, query, before, limit)) {
    if (candidate.at >= before || !fits(candidate)) continue;
    found.push(candidate);
    if (found.length > limit) break;
  }
  const shown = found.slice(0, limit);
  const images = await documents.readAll<ImageDocument>(shown.map(({ key }) => key));
  // An index tells what was a moment ago: whoever does not fit any more is left out.
  const items = images.flatMap((image) => (image?.record !== undefined && fits(candidateOf(image)) ? [image.record] : []));
  return found.length > limit ? { items, next: String(shown.at(-1)?.at) } : { items };
}

/** In the order of the list: straight from the digest or the repository where one is given, else by the last change. */
async function* candidates(
  requests: Requests,
  documents: Documents,
  query: ImageQuery,
  before: number,
  limit: number,
): AsyncGenerator<Candidate> {
  const { digest, registry, repository } = query;
  if (digest !== undefined) yield* newestFirst(await ofDigest(documents, digest));
  else if (registry !== undefined && repository !== undefined)
    yield* newestFirst(await ofRepository(requests, documents, { ...query, registry, repository }));
  else yield* newestOf(requests, { lists: IMAGE_LISTS, within: LISTED_FOR, before, page: Math.max(PAGE, limit + 1), read: candidateIn });
}

async function ofDigest(documents: Documents, digest: string): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for await (const { body } of documents.list<ImageDocument>({ hash: `image#${digest}` })) found.push(candidateOf(body));
  return found;
}

/** The index knows names and tags alone, so that it is not written with every change: the images themselves say the rest. */
async function ofRepository(
  requests: Requests,
  documents: Documents,
  { words, ...place }: ImageQuery & Parameters<typeof imagesIn>[1],
): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  const wanted = wordsIn(words);
  for await (const page of inPages(imagesIn(requests, place), PAGE)) {
    const keys = page.filter(({ image, tags }) => hasWords(imageItemKey(image), tags, wanted)).map(({ image }) => imageItemKey(image));
    for (const image of await documents.readAll<ImageDocument>(keys)) if (image !== undefined) found.push(candidateOf(image));
  }
  return found;
}

function newestFirst(found: readonly Candidate[]): readonly Candidate[] {
  return found.toSorted((one, other) => other.at - one.at);
}

function candidateIn(item: Item): Candidate {
  const seen = seenOf<SeenImage>(item);
  return { key: keyOf(item), seen, tags: item["y"]?.S ?? "", at: seen.at };
}

function candidateOf(image: ImageDocument): Candidate {
  return { key: imageItemKey(image.key), seen: seenImage(image), tags: tagsText(image), at: image.changedAt ?? 0 };
}

function filter({ verdict, held, registry, repository, words }: ImageQuery): Fits {
  const wanted = wordsIn(words);
  return ({ key, seen, tags }) => {
    const slash = key.sk.indexOf("/");
    if (seen.presence === undefined) return false;
    if (verdict !== undefined && seen.verdict !== verdict) return false;
    if (held !== undefined && (seen.isHeld === true) !== held) return false;
    if (registry !== undefined && key.sk.slice(0, slash) !== registry) return false;
    if (repository !== undefined && key.sk.slice(slash + 1) !== repository) return false;
    return hasWords(key, tags, wanted);
  };
}

function wordsIn(words: readonly string[] = []): readonly string[] {
  return words.slice(0, MAX_WORDS).map((word) => word.toLowerCase());
}

function hasWords({ pk, sk }: Key, tags: string, wanted: readonly string[]): boolean {
  const words = wordsOf(`${sk}\n${pk.slice(pk.indexOf("#") + 1)}`, tags);
  return wanted.every((word) => words.includes(word));
}

import type { ImageRecord } from "../../domain/image-record.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import type { ImageQuery, Page } from "../../ports/ledger.ts";
import { CHANGE_INDEX } from "./definition.ts";
import type { Documents } from "./documents.ts";
import { changeHash, type ImageDocument, imageItemKey, type SeenImage, seenImage } from "./image-document.ts";
import { imagesIn, inPages } from "./image-places.ts";
import { type Item, type Key, keyOf, numberOf, seenOf } from "./item.ts";
import { readPlace } from "./list-place.ts";
import type { Requests } from "./requests.ts";

const MAX_LIMIT = 500;
const PAGE = 100;
/** More words than a person types only cost time. */
const MAX_WORDS = 16;
const VERDICTS = ["compliant", "violating", "indeterminate", undefined] as const;
const INDEX = { name: CHANGE_INDEX, hash: "gc", sort: "gn" };

interface Candidate {
  readonly key: Key;
  readonly seen: SeenImage;
  readonly changedAt: number;
}

type Fits = (image: Pick<Candidate, "key" | "seen">) => boolean;

/** Lists images, newest change first. A page's `next` is the stamp of the last change on it. */
export async function listImages(requests: Requests, documents: Documents, query: ImageQuery): Promise<Page<ImageRecord>> {
  const limit = Math.min(Math.max(1, Math.trunc(query.limit)), MAX_LIMIT);
  const before = query.after === undefined ? Number.MAX_SAFE_INTEGER : readPlace(query.after);
  const found: Candidate[] = [];
  const fits = filter(query);
  for await (const candidate of candidates(requests, documents, query, before, limit)) {
    if (candidate.changedAt >= before || !fits(candidate)) continue;
    found.push(candidate);
    if (found.length > limit) break;
  }
  const shown = found.slice(0, limit);
  const images = await documents.readAll<ImageDocument>(shown.map(({ key }) => key));
  // An index tells what was a moment ago: whoever does not fit any more is left out.
  const items = images.flatMap((image) =>
    image?.record !== undefined && fits({ key: imageItemKey(image.key), seen: seenImage(image.record) }) ? [image.record] : [],
  );
  return found.length > limit ? { items, next: String(shown.at(-1)?.changedAt) } : { items };
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
    yield* newestFirst(await ofRepository(requests, documents, { registry, repository }, filter(query)));
  else
    yield* merged(
      hashesOf(query).map((hash) =>
        requests.query({ index: INDEX, hash, to: before - 1, descending: true, page: Math.max(100, limit + 1) }),
      ),
    );
}

async function ofDigest(documents: Documents, digest: string): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for await (const { key, body } of documents.list<ImageDocument>({ hash: `image#${digest}` }))
    if (body.record !== undefined) found.push({ key, seen: seenImage(body.record), changedAt: body.changedAt ?? 0 });
  return found;
}

/** The index does not know when they changed, so that it is not written with every change: the images themselves say it. */
async function ofRepository(
  requests: Requests,
  documents: Documents,
  { registry, repository }: Pick<ImageKey, "registry" | "repository">,
  fits: Fits,
): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for await (const page of inPages(imagesIn(requests, registry, repository), PAGE)) {
    const seen = page.filter((item) => item["x"] !== undefined && fits({ key: keyOf(item), seen: seenOf<SeenImage>(item) }));
    for (const image of await documents.readAll<ImageDocument>(seen.map(keyOf)))
      if (image?.record !== undefined)
        found.push({ key: imageItemKey(image.key), seen: seenImage(image.record), changedAt: image.changedAt ?? 0 });
  }
  return found;
}

function newestFirst(found: readonly Candidate[]): readonly Candidate[] {
  return found.toSorted((one, other) => other.changedAt - one.changedAt);
}

function hashesOf({ verdict, held }: ImageQuery): readonly string[] {
  const verdicts = verdict === undefined ? VERDICTS : [verdict];
  const holds = held === undefined ? [true, false] : [held];
  return verdicts.flatMap((kind) => holds.map((isHeld) => changeHash(kind, isHeld)));
}

function candidateOf(item: Item): Candidate {
  return { key: keyOf(item), seen: seenOf<SeenImage>(item), changedAt: numberOf(item, "gn") };
}

/** Several lists, each newest first, as one. */
async function* merged(lists: readonly AsyncGenerator<Item>[]): AsyncGenerator<Candidate> {
  const heads = await Promise.all(lists.map(async (list) => ({ list, next: await list.next() })));
  for (;;) {
    let best: { readonly head: (typeof heads)[number]; readonly candidate: Candidate } | undefined;
    for (const head of heads) {
      if (head.next.done === true) continue;
      const candidate = candidateOf(head.next.value);
      if (best === undefined || candidate.changedAt > best.candidate.changedAt) best = { head, candidate };
    }
    if (best === undefined) return;
    yield best.candidate;
    best.head.next = await best.head.list.next();
  }
}

function filter({ verdict, held, registry, repository, words = [] }: ImageQuery): Fits {
  const wanted = words.slice(0, MAX_WORDS).map((word) => word.toLowerCase());
  return ({ key, seen }) => {
    const slash = key.sk.indexOf("/");
    if (verdict !== undefined && seen.verdict !== verdict) return false;
    if (held !== undefined && seen.isHeld !== held) return false;
    if (registry !== undefined && key.sk.slice(0, slash) !== registry) return false;
    if (repository !== undefined && key.sk.slice(slash + 1) !== repository) return false;
    return wanted.every((word) => seen.words.includes(word));
  };
}

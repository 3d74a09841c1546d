import { parseDigest } from "../../domain/digest.ts";
import { type ImageKey, parseRegistryHost, parseRepository } from "../../domain/image-ref.ts";
import { CHANGE_INDEX, PLACE_INDEX } from "./definition.ts";
import { type Place, placeHash, type SeenImage } from "./image-document.ts";
import { type Item, type Key, keyOf, seenOf, textOf } from "./item.ts";
import type { Requests } from "./requests.ts";
import { IMAGE_LISTS } from "./shards.ts";

/** An image as an index knows it: as it was a moment ago. One that was first seen less than a second ago may not be there yet. */
export interface PlacedImage {
  readonly image: ImageKey;
  /** See `tagsText`. */
  readonly tags: string;
}

/** Images of one repository, in the order of their digests. */
export async function* imagesIn(requests: Requests, place: Place): AsyncGenerator<PlacedImage> {
  const index = { name: PLACE_INDEX, hash: "gp", sort: "gs" };
  for await (const item of requests.query({ index, hash: placeHash(place) })) yield placed(item);
}

/** All images, or those of a registry, in the order of registry, repository and digest: their keys take some hundred bytes each. */
export async function allImages(requests: Requests, registry?: string): Promise<readonly (PlacedImage & { readonly seen: SeenImage })[]> {
  const index = { name: CHANGE_INDEX, hash: "gc", sort: "gn" };
  const lists = IMAGE_LISTS.map((hash) => Array.fromAsync(requests.query({ index, hash })));
  const items = (await Promise.all(lists)).flat().filter((item) => registry === undefined || textOf(item, "sk").startsWith(`${registry}/`));
  const found = items.map((item) => ({ ...placed(item), seen: seenOf<SeenImage>(item) }));
  // A mark that sorts before whatever a name may go on with.
  const sortOf = ({ image }: PlacedImage): string => `${image.registry}!${image.repository}!${image.digest}`;
  return found
    .map((each) => ({ each, sort: sortOf(each) }))
    .toSorted((one, other) => (one.sort < other.sort ? -1 : 1))
    .map(({ each }) => each);
}

function placed(item: Item): PlacedImage {
  return { image: imageOf(keyOf(item)), tags: item["y"]?.S ?? "" };
}

function imageOf({ pk, sk }: Key): ImageKey {
  const slash = sk.indexOf("/");
  return {
    registry: parseRegistryHost(sk.slice(0, slash)),
    repository: parseRepository(sk.slice(slash + 1)),
    digest: parseDigest(pk.slice(pk.indexOf("#") + 1)),
  };
}

/** Lists of whole pages, so that what they lead to is read in few calls. */
export async function* inPages<T>(items: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let page: T[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

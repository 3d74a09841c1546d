import { parseDigest } from "../../domain/digest.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import { CHANGE_INDEX } from "./definition.ts";
import { placeIn } from "./digest-places.ts";
import type { Documents } from "./documents.ts";
import { type ImageDocument, imagesHash, type Place, type SeenImage, seenImageIn } from "./image-document.ts";
import { type Key, keyOf, textOf } from "./item.ts";
import type { Requests } from "./requests.ts";
import { IMAGE_LISTS } from "./shards.ts";

/** Images of one repository as they are, in the order of their digests. */
export async function* imagesIn(documents: Documents, place: Place): AsyncGenerator<ImageDocument> {
  for await (const { body } of documents.list<ImageDocument>({ hash: imagesHash(place) })) yield body;
}

/**
 * All images, or those of a registry, in the order of registry, repository and digest: their keys take some hundred bytes each. An index names them, as
 * of a moment ago: one that was first seen less than a second ago may not be there yet.
 */
export async function allImages(
  requests: Requests,
  registry?: string,
): Promise<readonly { readonly image: ImageKey; readonly seen: SeenImage }[]> {
  const index = { name: CHANGE_INDEX, hash: "gc", sort: "gn" };
  const lists = IMAGE_LISTS.map((hash) => Array.fromAsync(requests.query({ index, hash })));
  const isThere = (pk: string): boolean => registry === undefined || pk.startsWith(`image#${registry}/`);
  const items = (await Promise.all(lists)).flat().filter((item) => isThere(textOf(item, "pk")));
  const found = items.map((item) => ({ image: imageOf(keyOf(item)), seen: seenImageIn(item) }));
  // A mark that sorts before whatever a name may go on with.
  const sortOf = ({ image }: { readonly image: ImageKey }): string => `${image.registry}!${image.repository}!${image.digest}`;
  return found
    .map((each) => ({ each, sort: sortOf(each) }))
    .toSorted((one, other) => (one.sort < other.sort ? -1 : 1))
    .map(({ each }) => each);
}

export function imageOf({ pk, sk }: Key): ImageKey {
  return { ...placeIn(pk.slice(pk.indexOf("#") + 1)), digest: parseDigest(sk) };
}

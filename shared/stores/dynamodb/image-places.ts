import { parseDigest } from "../../domain/digest.ts";
import { type ImageKey, parseRegistryHost, parseRepository } from "../../domain/image-ref.ts";
import { PLACE_INDEX } from "./definition.ts";
import { placeSort } from "./image-document.ts";
import { type Item, textOf } from "./item.ts";
import type { Requests } from "./requests.ts";

const INDEX = { name: PLACE_INDEX, hash: "gp", sort: "gs" };
/** Sorts after every digest. */
const END = "~";

/** Images of a registry, or of one of its repositories, in the order of repository and digest; as they were a moment ago. */
export function imagesIn(requests: Requests, registry: string, repository?: string): AsyncGenerator<Item> {
  const range = repository === undefined ? {} : { from: placeSort(repository, ""), to: placeSort(repository, END) };
  return requests.query({ index: INDEX, hash: registry, ...range });
}

export function placedImage(item: Item): ImageKey {
  const sort = textOf(item, "gs");
  const mark = sort.indexOf("!");
  return {
    registry: parseRegistryHost(textOf(item, "gp")),
    repository: parseRepository(sort.slice(0, mark)),
    digest: parseDigest(sort.slice(mark + 1)),
  };
}

/** Lists of whole pages, so that what they lead to is read in few calls. */
export async function* inPages<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let page: T[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

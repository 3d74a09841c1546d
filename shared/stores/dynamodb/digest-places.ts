import type { Digest } from "../../domain/digest.ts";
import { type ImageKey, parseRegistryHost, parseRepository, type RepositoryKey } from "../../domain/image-ref.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";

/** Of "registry/repository". */
export function placeIn(text: string): RepositoryKey {
  const slash = text.indexOf("/");
  return { registry: parseRegistryHost(text.slice(0, slash)), repository: parseRepository(text.slice(slash + 1)) };
}

/**
 * Says that an image is in a repository. It is written before the first step of the image, and whoever reads it asks the image: most of the time it
 * holds what never changes of the image anyway, its configuration, so that it costs nothing more.
 */
export function placeKey({ registry, repository, digest }: ImageKey, config?: string): Key {
  const place = `${registry}/${repository}`;
  return { pk: `places#${digest}`, sk: config === undefined ? place : `${place}#${config}` };
}

/** Wherever the digest was seen. */
export async function placesOf(documents: Documents, digest: Digest): Promise<readonly ImageKey[]> {
  const places = new Set<string>();
  for await (const { key } of documents.list<object>({ hash: `places#${digest}` })) places.add(key.sk.split("#")[0] ?? "");
  return [...places].map((place) => ({ ...placeIn(place), digest }));
}

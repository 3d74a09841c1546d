import type { ImageRecord } from "../domain/image-record.ts";

/**
 * Platforms of an index's children by digest, for words like `linux/arm64` in place of a digest. Both lists keep the order of the index; where
 * they differ in length (a child without a platform, or one that is missing) nobody can say which is whose, and the digests stay.
 */
export function childNames({ children, platforms }: Pick<ImageRecord, "children" | "platforms">): Readonly<Record<string, string>> {
  if (children.length !== platforms.length) return {};
  return Object.fromEntries(children.map((child, index) => [child, platforms[index] ?? child]));
}

import type { ImageRecord } from "../domain/image-record.ts";

/** An image that a release tag points at, or pointed at; `undefined`: the gate does not know it. */
export type Bearer = Pick<ImageRecord, "key" | "firstSeenAt"> | undefined;

export type Promotion =
  | { readonly kind: "may" }
  /** The tag has come further already. */
  | { readonly kind: "older" }
  | { readonly kind: "not"; readonly why: string };

/**
 * Whether a release tag may be moved to an image by itself. It goes forward alone: the image was pushed before the gate's eyes, after all that the tag was
 * ever seen to point at. So a tag that somebody moved back stays there.
 */
export function mayPromote(
  image: Pick<ImageRecord, "key" | "firstSeenAt" | "origin" | "predatesGate">,
  bearers: readonly Bearer[],
): Promotion {
  if (image.origin !== "event" || image.predatesGate === true) return { kind: "not", why: "it is not known when the image was pushed" };
  const known = bearers.filter((bearer) => bearer !== undefined);
  if (known.length < bearers.length) return { kind: "not", why: "the tag points at an image that the gate has not met yet" };
  if (known.some(({ key }) => key.digest === image.key.digest))
    return { kind: "not", why: "the tag pointed at this image before and was moved away" };
  return known.every(({ firstSeenAt }) => firstSeenAt < image.firstSeenAt) ? { kind: "may" } : { kind: "older" };
}

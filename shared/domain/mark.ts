import { createHash } from "node:crypto";
import { isTag, type Tag } from "./image-ref.ts";

const PLACE = "{tag}";
/** Longest tag that the distribution protocol allows. */
const MOST_CHARACTERS = 128;
/** Room for a tag that can still be told. */
const MOST_AROUND = 64;

/** How the tag beside a violating image is named, such as `{tag}-violating`. */
export interface MarkTemplate {
  readonly prefix: string;
  readonly suffix: string;
}

/** `undefined` where it does not say `{tag}` once, or nothing else, or something that no tag may hold. */
export function readMarkTemplate(text: string): MarkTemplate | undefined {
  const [prefix, suffix, ...more] = text.split(PLACE);
  if (prefix === undefined || suffix === undefined || more.length > 0) return undefined;
  const around = prefix.length + suffix.length;
  return around > 0 && around <= MOST_AROUND && isTag(`${prefix}a${suffix}`) ? { prefix, suffix } : undefined;
}

/** The tag that marks an image under one of its tags. One that would be too long is cut, and ends in a part of its hash so that two never become one. */
export function markOf({ prefix, suffix }: MarkTemplate, tag: Tag): Tag | undefined {
  const whole = `${prefix}${tag}${suffix}`;
  const mark = whole.length <= MOST_CHARACTERS ? whole : `${prefix}${cut(tag, MOST_CHARACTERS - prefix.length - suffix.length)}${suffix}`;
  return isTag(mark) ? mark : undefined;
}

function cut(tag: Tag, room: number): string {
  const hash = createHash("sha256").update(tag).digest("hex").slice(0, 8);
  return `${tag.slice(0, room - hash.length - 1)}-${hash}`;
}

/** A mark is not marked again. */
export function isMark({ prefix, suffix }: MarkTemplate, tag: Tag): boolean {
  return tag.length > prefix.length + suffix.length && tag.startsWith(prefix) && tag.endsWith(suffix);
}

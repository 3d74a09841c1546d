import type { ImageRecord, StoredAction } from "../../domain/image-record.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import type { VerdictKind } from "../../domain/verdict.ts";
import type { Chain } from "./chain-document.ts";
import type { Known } from "./evidence-history.ts";
import { type Item, type Key, type Marks, seenOf } from "./item.ts";
import { imageList } from "./shards.ts";
import { minuteOf } from "./stamps.ts";

/** An action with the stamp of its beginning. */
export interface ActionDocument extends StoredAction {
  readonly begunAt: number;
  /** How many outcomes it was given; absent: one, where it has one. A deletion whose answer was lost may have a second. */
  readonly outcomes?: number;
}

/** All that is kept of one image and changes with a step: one item, so that a step is one write. */
export interface ImageDocument {
  readonly key: ImageKey;
  /** Absent where the image is known by its evidence or its journal alone. */
  readonly record?: ImageRecord;
  /** When the record was written first. */
  readonly bornAt?: number;
  /** When it was changed or told of last, but for evidence that came alone. */
  readonly changedAt?: number;
  /** Where it stands in the list of changes: never after `changedAt`, and less than `LISTED_FOR` before. */
  readonly listedAt?: number;
  readonly chain?: Chain;
  /** Actions that are not in their own place yet, as they stand now. */
  readonly acts?: readonly ActionDocument[];
  /** The tallies in which the image is counted, and the batch with which that was said. */
  readonly counted?: readonly string[];
  readonly countedIn?: number;
  /** The newest of what was known of it. */
  readonly known?: Known;
  /** What was known before, oldest first, as far as there is room. */
  readonly earlier?: readonly Known[];
}

/** What lists of images filter by. */
export interface SeenImage {
  /** `changedAt`. */
  readonly at: number;
  /** Absent where there is no record. */
  readonly presence?: string;
  readonly verdict?: VerdictKind;
  readonly isHeld?: true;
  readonly hasNoFindings?: true;
  /** The minute in which it is to be judged again. */
  readonly again?: number;
}

/** In microseconds. To move in a list costs twice what to be changed in it does: who is changed again soon stays in its place. */
export const LISTED_FOR = 15 * 60 * 1_000_000;

/** Of a repository. */
export interface Place {
  readonly registry: string;
  readonly repository: string;
}

/** Under this lie the images of a repository, in the order of their digests: one strongly consistent query reads them all. */
export function imagesHash({ registry, repository }: Place): string {
  return `image#${registry}/${repository}`;
}

export function imageItemKey(image: ImageKey): Key {
  return { pk: imagesHash(image), sk: image.digest };
}

export function marksOf(document: ImageDocument): Marks {
  const { key, changedAt = 0, listedAt = changedAt } = document;
  return {
    change: [imageList(key.digest), listedAt],
    seen: packedSeen(seenImage(document)),
    tags: listedTags(document),
    waits: isWaiting(document),
  };
}

export function seenImage({ record, changedAt = 0 }: ImageDocument): SeenImage {
  if (record === undefined) return { at: changedAt };
  const { verdict, hold, presence, evidence } = record;
  const again = presence === "present" ? verdict?.recheckAt : undefined;
  return {
    at: changedAt,
    presence,
    ...(verdict === undefined ? {} : { verdict: verdict.kind }),
    ...(hold.kind === "held" ? { isHeld: true } : {}),
    ...(evidence.findings.kind === "absent" ? { hasNoFindings: true } : {}),
    ...(again === undefined ? {} : { again: minuteOf(again) }),
  };
}

/** Zero and the empty text stand for what is absent. */
type PackedSeen = readonly [at: number, presence: string, verdict: VerdictKind | "", flags: number, again: number];

const HELD = 1;
const NO_FINDINGS = 2;

/** It is written with each change, and counts with the image's own bytes. */
function packedSeen({ at, presence, verdict, isHeld, hasNoFindings, again }: SeenImage): PackedSeen {
  const flags = (isHeld === true ? HELD : 0) + (hasNoFindings === true ? NO_FINDINGS : 0);
  return [at, presence ?? "", verdict ?? "", flags, again ?? 0];
}

export function seenImageIn(item: Item): SeenImage {
  const [at, presence, verdict, flags, again] = seenOf<PackedSeen>(item);
  return {
    at,
    ...(presence === "" ? {} : { presence }),
    ...(verdict === "" ? {} : { verdict }),
    ...((flags & HELD) === 0 ? {} : { isHeld: true }),
    ...((flags & NO_FINDINGS) === 0 ? {} : { hasNoFindings: true }),
    ...(again === 0 ? {} : { again }),
  };
}

/** In place of tags that are too many for a list: whoever looks for one reads the image. No tag is written like this. */
export const MANY_TAGS = "*";
/** With the body an item takes 400 KB, and whoever may push gives an image as many tags as he likes. */
const MOST_LISTED = 32 * 1024;

function listedTags({ record }: Pick<ImageDocument, "record">): string {
  const text = (record?.tags ?? []).join(" ");
  return text.length > MOST_LISTED ? MANY_TAGS : text;
}

/** It was changed now. */
export function touched(document: ImageDocument, now: number): ImageDocument {
  const { listedAt } = document;
  // Whoever listed it may have had a clock that is ahead of this one.
  const isNear = listedAt !== undefined && listedAt <= now && now - listedAt < LISTED_FOR;
  return { ...document, changedAt: now, listedAt: isNear ? listedAt : now };
}

export function talliesOf({ record }: ImageDocument): readonly string[] {
  if (record === undefined) return [];
  const { hold, verdict } = record;
  return ["images", ...(hold.kind === "held" ? ["held"] : []), ...(verdict === undefined ? [] : [verdict.kind])];
}

/** Something of it waits to be numbered, listed or counted. */
function isWaiting(document: ImageDocument): boolean {
  const { chain, acts = [], counted = [] } = document;
  return (chain?.tail ?? []).length > 0 || acts.length > 0 || talliesOf(document).join() !== counted.join();
}

/** A document of an image that nothing was known of. */
export function newImage(key: ImageKey): ImageDocument {
  return { key: { registry: key.registry, repository: key.repository, digest: key.digest } };
}

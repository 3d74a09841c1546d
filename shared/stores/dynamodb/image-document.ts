import type { ImageRecord, StoredAction } from "../../domain/image-record.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import type { VerdictKind } from "../../domain/verdict.ts";
import type { Chain } from "./chain-document.ts";
import type { Known } from "./evidence-history.ts";
import type { Key, Marks } from "./item.ts";
import { imageList } from "./shards.ts";

/** An action with the stamp of its beginning. */
export interface ActionDocument extends StoredAction {
  readonly begunAt: number;
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
  /** Since when each tag that it ever bore was seen to point at it. */
  readonly bore?: Readonly<Record<string, number>>;
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
}

/** In microseconds. To move in a list costs twice what to be changed in it does: who is changed again soon stays in its place. */
export const LISTED_FOR = 15 * 60 * 1_000_000;

/** By digest first: all places of a digest are read in one strongly consistent query. */
export function imageItemKey({ registry, repository, digest }: ImageKey): Key {
  return { pk: `image#${digest}`, sk: `${registry}/${repository}` };
}

/** Of a repository. */
export interface Place {
  readonly registry: string;
  readonly repository: string;
}

export function placeHash({ registry, repository }: Place): string {
  return `${registry}/${repository}`;
}

/** As long as the order of a repository's images needs. */
const SORT_LENGTH = "sha256:".length + 16;

export function marksOf(document: ImageDocument): Marks {
  const { key, changedAt = 0, listedAt = changedAt } = document;
  return {
    place: [placeHash(key), key.digest.slice(0, SORT_LENGTH)],
    change: [imageList(key.digest), listedAt],
    seen: seenImage(document),
    tags: tagsText(document),
    waits: isWaiting(document),
  };
}

export function seenImage({ record, changedAt = 0 }: ImageDocument): SeenImage {
  if (record === undefined) return { at: changedAt };
  const { verdict, hold, presence, evidence } = record;
  return {
    at: changedAt,
    presence,
    ...(verdict === undefined ? {} : { verdict: verdict.kind }),
    ...(hold.kind === "held" ? { isHeld: true } : {}),
    ...(evidence.findings.kind === "absent" ? { hasNoFindings: true } : {}),
  };
}

/** Those that it bears, and after them those that it ever bore. */
export function tagsText({ record, bore = {} }: Pick<ImageDocument, "record" | "bore">): string {
  const tags: readonly string[] = record?.tags ?? [];
  return [tags.join(" "), ...Object.keys(bore).filter((tag) => !tags.includes(tag))].join("\n");
}

export function hasBorne(text: string, tag: string): boolean {
  const [tags = "", ...earlier] = text.split("\n");
  return tags.split(" ").includes(tag) || earlier.includes(tag);
}

export function wordsOf(name: string, tags: string): string {
  return `${name}\n${tags.split("\n")[0]}`.toLowerCase();
}

/** It was changed now. */
export function touched(document: ImageDocument, now: number): ImageDocument {
  const { listedAt } = document;
  const isNear = listedAt !== undefined && now - listedAt < LISTED_FOR;
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

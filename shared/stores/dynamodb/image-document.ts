import type { ImageRecord, StoredAction } from "../../domain/image-record.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import type { VerdictKind } from "../../domain/verdict.ts";
import type { Chain } from "./chain-document.ts";
import type { Known } from "./evidence-history.ts";
import type { Key, Marks } from "./item.ts";
import { padded } from "./stamps.ts";

/** An action with the stamp of its beginning. */
export interface ActionDocument extends StoredAction {
  readonly begunAt: number;
}

/** All that is kept of one image and changes with a step: one item, so that a step is one write. */
export interface ImageDocument {
  readonly key: ImageKey;
  /** Absent where the image is known by its evidence or its journal alone. */
  readonly record?: ImageRecord;
  /** When the record was written first, and last. */
  readonly bornAt?: number;
  readonly changedAt?: number;
  /** Since when each tag that it ever bore was seen to point at it. */
  readonly bore?: Readonly<Record<string, number>>;
  readonly chain?: Chain;
  /** Actions that are not in their own place yet, as they stand now. */
  readonly acts?: readonly ActionDocument[];
  /** The tallies in which the image is counted. */
  readonly counted?: readonly string[];
  /** The newest of what was known of it. */
  readonly known?: Known;
}

/** What lists of images filter by. */
export interface SeenImage {
  readonly verdict?: VerdictKind;
  readonly isHeld: boolean;
  readonly presence: string;
  readonly isTagged: boolean;
  readonly findings: string;
  readonly words: string;
}

/** By digest first: all places of a digest are read in one strongly consistent query. */
export function imageItemKey({ registry, repository, digest }: ImageKey): Key {
  return { pk: `image#${digest}`, sk: `${registry}/${repository}` };
}

/** Sorts by repository and digest: no character of either sorts before the mark between them. */
export function placeSort(repository: string, digest: string): string {
  return `${repository}!${digest}`;
}

export function changeHash(verdict: string | undefined, isHeld: boolean): string {
  return `image#${verdict ?? "none"}#${isHeld ? "held" : "free"}`;
}

export function marksOf(document: ImageDocument): Marks {
  const { key, record, changedAt = 0 } = document;
  const todo = waitsSince(document);
  return {
    place: [key.registry, placeSort(key.repository, key.digest)],
    ...(todo === undefined ? {} : { todo: ["untold", padded(todo)] as const }),
    ...(record === undefined
      ? {}
      : {
          change: [changeHash(record.verdict?.kind, record.hold.kind === "held"), changedAt] as const,
          seen: seenImage(record),
        }),
  };
}

export function seenImage(record: ImageRecord): SeenImage {
  const { key, verdict, hold, presence, tags, evidence } = record;
  return {
    ...(verdict === undefined ? {} : { verdict: verdict.kind }),
    isHeld: hold.kind === "held",
    presence,
    isTagged: tags.length > 0,
    findings: evidence.findings.kind,
    words: wordsOf(key, tags),
  };
}

function wordsOf({ registry, repository, digest }: ImageKey, tags: readonly string[]): string {
  return [`${registry}/${repository}`, ...tags, digest].join("\n").toLowerCase();
}

export function talliesOf({ record }: ImageDocument): readonly string[] {
  if (record === undefined) return [];
  const { hold, verdict } = record;
  return ["images", ...(hold.kind === "held" ? ["held"] : []), ...(verdict === undefined ? [] : [verdict.kind])];
}

/** Since when something of it waits to be numbered or counted; `undefined`: nothing does. */
function waitsSince(document: ImageDocument): number | undefined {
  const [first] = document.chain?.tail ?? [];
  if (first !== undefined) return first.at;
  const isCounted = talliesOf(document).join() === (document.counted ?? []).join();
  return isCounted && (document.acts ?? []).length === 0 ? undefined : (document.changedAt ?? 0);
}

/** A document of an image that nothing was known of. */
export function newImage(key: ImageKey): ImageDocument {
  return { key: { registry: key.registry, repository: key.repository, digest: key.digest } };
}

import type { Digest } from "../../domain/digest.ts";
import { type ImageKey, printImageKey } from "../../domain/image-ref.ts";
import type { Instant } from "../../domain/time.ts";
import type { StoredEvidence } from "../../ports/evidence-store.ts";
import type { Change, Documents } from "./documents.ts";
import type { Key } from "./item.ts";
import { padded } from "./stamps.ts";

/** What was known from `at` on. */
export interface Known extends Pick<StoredEvidence, "at" | "tags" | "verdict"> {
  readonly gatheredAt: Instant;
  /** Absent: the image is gone. */
  readonly digest?: Digest;
}

/** The newest stands in the image's own item; what was before it lies here. */
export interface History {
  /** @returns what the image's item is to hold; `undefined` where it stays as it is */
  add(change: Change, image: ImageKey, newest: Known | undefined, next: Known): Promise<Known | undefined>;
  /** Ends the history where there is one. */
  end(change: Change, image: ImageKey, newest: Known | undefined, at: Instant): Promise<Known | undefined>;
  /** The newest that is not after a time. */
  asOf(image: ImageKey, newest: Known | undefined, at: Instant): Promise<Known | undefined>;
}

/** Times before 1970 sort first. */
function historyKey(image: ImageKey, at: number): Key {
  return { pk: `known#${printImageKey(image)}`, sk: padded(Math.max(0, at)) };
}

export function openHistory(documents: Documents): History {
  async function asOf(image: ImageKey, newest: Known | undefined, at: Instant): Promise<Known | undefined> {
    if (newest === undefined || newest.at <= at) return newest;
    const { pk, sk } = historyKey(image, at);
    for await (const { body } of documents.list<Known>({ hash: pk, to: sk, descending: true, page: 1 })) return body;
    return undefined;
  }

  async function add(change: Change, image: ImageKey, newest: Known | undefined, next: Known): Promise<Known | undefined> {
    const before = await asOf(image, newest, next.at);
    if (before !== undefined && isSame(before, next)) return undefined;
    if (newest !== undefined && newest.at > next.at) {
      const key = historyKey(image, next.at);
      await change.get(key);
      change.put(key, next);
      return undefined;
    }
    // It was so, whatever becomes of this step. Two looks within one millisecond: the later one counts.
    if (newest !== undefined && newest.at < next.at) await documents.putFact(historyKey(image, newest.at), newest);
    return next;
  }

  return {
    add,
    asOf,
    async end(change, image, newest, at) {
      const before = await asOf(image, newest, at);
      return before?.digest === undefined ? undefined : add(change, image, newest, { at, gatheredAt: at, tags: [] });
    },
  };
}

function isSame(one: Known, other: Known): boolean {
  const decided = ({ digest, tags, verdict }: Known): string => JSON.stringify([digest, tags, verdict?.kind, verdict?.reasons]);
  return decided(one) === decided(other);
}

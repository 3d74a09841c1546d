import type { Digest } from "../../domain/digest.ts";
import { type ImageKey, printImageKey } from "../../domain/image-ref.ts";
import type { Instant } from "../../domain/time.ts";
import type { StoredEvidence } from "../../ports/evidence-store.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import type { Shell } from "./evidence-bodies.ts";
import type { Key } from "./item.ts";
import { padded } from "./stamps.ts";

/** What was known from `at` on. */
export interface Known extends Pick<StoredEvidence, "at" | "tags" | "verdict"> {
  readonly gatheredAt: Instant;
  /** Absent: the image is gone. */
  readonly digest?: Digest;
  /** Where it is small; else it lies apart, under the digest. */
  readonly shell?: Shell;
}

/** What stands in the image's own item: the newest, and what was before it, as far as there is room. The rest lies apart. */
export interface Remembered {
  readonly known?: Known;
  /** Oldest first. */
  readonly earlier?: readonly Known[];
}

export interface History {
  /** @returns what the image's item is to hold; `undefined` where it stays as it is */
  add(change: Change, image: ImageKey, remembered: Remembered, next: Known): Promise<Remembered | undefined>;
  /** Ends the history where there is one. */
  end(change: Change, image: ImageKey, remembered: Remembered, at: Instant): Promise<Remembered | undefined>;
  /** The newest that is not after a time. */
  asOf(image: ImageKey, remembered: Remembered, at: Instant): Promise<Known | undefined>;
}

const MOST_EARLIER = 2;

/** Times before 1970 sort first. */
function historyKey(image: ImageKey, at: number): Key {
  return { pk: `known#${printImageKey(image)}`, sk: padded(Math.max(0, at)) };
}

export function openHistory(documents: Documents): History {
  async function apart(image: ImageKey, at: Instant): Promise<Known | undefined> {
    const { pk, sk } = historyKey(image, at);
    for await (const { body } of documents.list<Known>({ hash: pk, to: sk, descending: true, page: 1 })) return body;
    return undefined;
  }

  async function asOf(image: ImageKey, { known, earlier = [] }: Remembered, at: Instant): Promise<Known | undefined> {
    if (known === undefined || known.at <= at) return known;
    const [here, there] = [earlier.findLast((each) => each.at <= at), await apart(image, at)];
    return here === undefined || (there !== undefined && there.at > here.at) ? there : here;
  }

  async function add(change: Change, image: ImageKey, remembered: Remembered, next: Known): Promise<Remembered | undefined> {
    const { known, earlier = [] } = remembered;
    const before = await asOf(image, remembered, next.at);
    if (before !== undefined && isSame(before, next)) return undefined;
    if (known !== undefined && known.at > next.at) {
      const key = historyKey(image, next.at);
      await change.get(key);
      change.put(key, next);
      return undefined;
    }
    // Two looks within one millisecond: the later one counts.
    const all = known !== undefined && known.at < next.at ? [...earlier, known] : earlier;
    const gone = all.slice(0, Math.max(0, all.length - MOST_EARLIER));
    // It was so, whatever becomes of this step.
    for (const each of gone) await documents.putFact(historyKey(image, each.at), each);
    return { known: next, earlier: all.slice(gone.length) };
  }

  return {
    add,
    asOf,
    async end(change, image, remembered, at) {
      const before = await asOf(image, remembered, at);
      return before?.digest === undefined ? undefined : add(change, image, remembered, { at, gatheredAt: at, tags: [] });
    },
  };
}

function isSame(one: Known, other: Known): boolean {
  const decided = ({ digest, tags, verdict }: Known): string => JSON.stringify([digest, tags, verdict?.kind, verdict?.reasons]);
  return decided(one) === decided(other);
}

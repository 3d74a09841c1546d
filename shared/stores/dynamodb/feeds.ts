import type { Digest } from "../../domain/digest.ts";
import type { FeedStore, StoredSnapshot } from "../../ports/feed-store.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";
import { digestOf } from "./reports.ts";

interface Line extends StoredSnapshot {
  readonly feed: string;
  readonly source: string;
}

/** All snapshots of all feeds, oldest first; a few hundred short lines that change once a day. Their bytes lie apart. */
interface Feeds {
  readonly lines: readonly Line[];
  readonly applied: Readonly<Record<string, Digest>>;
}

const FEEDS: Key = { pk: "feeds", sk: "lines" };
const NONE: Feeds = { lines: [], applied: {} };

/** In one transaction; the rest goes with the next call. */
const MOST_PRUNED = 40;

interface Bytes {
  readonly base64: string;
}

export function openFeedSnapshots(documents: Documents): FeedStore {
  const bytesKey = (feed: string, digest: string): Key => ({ pk: `feed#${feed}`, sk: digest });
  const all = async (): Promise<Feeds> => (await documents.read<Feeds>(FEEDS)) ?? NONE;
  return {
    async put(feed, source, { bytes, madeAt }, at) {
      const digest = digestOf(bytes);
      await documents.change(FEEDS.pk, async (change) => {
        const { lines, applied } = (await change.get<Feeds>(FEEDS)) ?? NONE;
        const last = newestOf(lines, feed, source, at);
        const isSame = last?.digest === digest;
        const touched = lines.map((line) =>
          isSame && isOf(line, feed, source) && line.digest === digest ? { ...line, checkedAt: at } : line,
        );
        const fresh: Line = { feed, source, digest, madeAt, storedAt: at, checkedAt: at };
        if (!isSame && (await change.get(bytesKey(feed, digest))) === undefined)
          change.put(bytesKey(feed, digest), { base64: Buffer.from(bytes).toString("base64") } satisfies Bytes);
        change.put(FEEDS, { applied, lines: isSame ? touched : [...lines, fresh] } satisfies Feeds);
      });
      return digest;
    },
    async newest(feed, source, asOf) {
      const found = newestOf((await all()).lines, feed, source, asOf ?? Number.MAX_SAFE_INTEGER);
      if (found === undefined) return undefined;
      const { digest, madeAt, storedAt, checkedAt } = found;
      return { digest, madeAt, storedAt, checkedAt };
    },
    async bytes(feed, digest) {
      const found = await documents.read<Bytes>(bytesKey(feed, digest));
      return found === undefined ? undefined : Buffer.from(found.base64, "base64");
    },
    applied: async (feed) => (await all()).applied[feed],
    apply: (feed, digest) =>
      documents.change(FEEDS.pk, async (change) => {
        const { lines, applied } = (await change.get<Feeds>(FEEDS)) ?? NONE;
        const { [feed]: _, ...others } = applied;
        change.put(FEEDS, { lines, applied: digest === undefined ? others : { ...others, [feed]: digest } } satisfies Feeds);
      }),
    prune: (before) =>
      documents.change(FEEDS.pk, async (change) => {
        const { lines, applied } = (await change.get<Feeds>(FEEDS)) ?? NONE;
        const gone = new Set(lines.filter((line) => !isKept(line, lines, Object.values(applied), before)).slice(0, MOST_PRUNED));
        const kept = lines.filter((line) => !gone.has(line));
        const left = new Set(kept.map(({ feed, digest }) => bytesKey(feed, digest).sk + feed));
        for (const { feed, digest } of lines) {
          const key = bytesKey(feed, digest);
          if (left.has(key.sk + feed)) continue;
          await change.get(key);
          change.remove(key);
        }
        if (kept.length < lines.length) change.put(FEEDS, { lines: kept, applied } satisfies Feeds);
      }),
  };
}

function isOf(line: Line, feed: string, source: string): boolean {
  return line.feed === feed && line.source === source;
}

/** Of two that were stored at the same time, the later one. */
function newestOf(lines: readonly Line[], feed: string, source: string, asOf: number): Line | undefined {
  const then = lines.filter((line) => isOf(line, feed, source) && line.storedAt <= asOf);
  return then.reduce<Line | undefined>((best, line) => (best === undefined || line.storedAt >= best.storedAt ? line : best), undefined);
}

/** The last look at it is when it went out of use. */
function isKept(line: Line, lines: readonly Line[], applied: readonly Digest[], before: number): boolean {
  if (line.checkedAt >= before || applied.includes(line.digest)) return true;
  return !lines.some((later) => isOf(later, line.feed, line.source) && later.storedAt > line.storedAt);
}

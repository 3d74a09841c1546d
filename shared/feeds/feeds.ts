import { FEED_NAMES, type Feed, type FeedName, type ThreatFacts } from "../domain/threat.ts";
import { type Duration, type Instant, instant } from "../domain/time.ts";
import type { FeedStatus } from "../ports/gate-status.ts";
import { readExploitPrediction } from "./exploit-prediction.ts";
import { type FeedDeps, type FeedReader, type OpenFeed, openFeed } from "./feed.ts";
import { readKnownExploited } from "./known-exploited.ts";
import type { FeedSetting } from "./location.ts";
import { readWithdrawn } from "./osv.ts";

export type FeedSettings = { readonly [Name in FeedName]?: FeedSetting } & {
  /** How long a snapshot is kept after it went out of use; for ever where it is left out. */
  readonly keepFor?: Duration;
};

/** The feeds of one gate. */
export interface Feeds {
  current(): ThreatFacts;
  asOf(at: Instant): Promise<ThreatFacts>;
  refresh(now: Instant, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `follow` with what the verdicts rest on and what is in use, where these differ, and writes down that it was done. A crash before
   * that has it called again.
   */
  follow(follow: (before: ThreatFacts, after: ThreatFacts) => Promise<void>): Promise<void>;
  status(): readonly FeedStatus[];
}

/** Begins with what the store has; asks nobody. */
export async function openFeeds(deps: FeedDeps, settings: FeedSettings): Promise<Feeds> {
  const open = <Entry>(name: FeedName, read: FeedReader<Entry>): OpenFeed<Entry> | undefined => {
    const setting = settings[name];
    return setting === undefined ? undefined : openFeed(deps, name, read, setting);
  };
  const feeds = {
    knownExploited: open("knownExploited", readKnownExploited),
    exploitPrediction: open("exploitPrediction", readExploitPrediction),
    withdrawn: open("withdrawn", readWithdrawn),
  };
  const opened = Object.values(feeds).filter((feed) => feed !== undefined);
  for (const feed of opened) await feed.load();

  const current = (): ThreatFacts => ({
    knownExploited: feeds.knownExploited?.current() ?? ABSENT,
    exploitPrediction: feeds.exploitPrediction?.current() ?? ABSENT,
    withdrawn: feeds.withdrawn?.current() ?? ABSENT,
  });

  async function applied(): Promise<ThreatFacts> {
    return {
      knownExploited: await appliedOf(deps, "knownExploited", feeds.knownExploited),
      exploitPrediction: await appliedOf(deps, "exploitPrediction", feeds.exploitPrediction),
      withdrawn: await appliedOf(deps, "withdrawn", feeds.withdrawn),
    };
  }

  return {
    current,
    async asOf(at) {
      return {
        knownExploited: (await feeds.knownExploited?.asOf(at)) ?? ABSENT,
        exploitPrediction: (await feeds.exploitPrediction?.asOf(at)) ?? ABSENT,
        withdrawn: (await feeds.withdrawn?.asOf(at)) ?? ABSENT,
      };
    },
    async refresh(now, signal) {
      const before = digestsOf(opened);
      for (const feed of opened) await feed.refresh(now, signal);
      // Only a new snapshot puts another one out of use.
      if (settings.keepFor !== undefined && digestsOf(opened) !== before)
        await deps.store.prune(instant(Math.max(0, now - settings.keepFor)));
    },
    async follow(follow) {
      const after = current();
      const changed = await changedNames(deps, after);
      if (changed.length === 0) return;
      await follow(await applied(), after);
      for (const name of changed) await deps.store.apply(name, digestOf(after[name]));
    },
    status: () => opened.map((feed) => feed.status()),
  };
}

function digestsOf(feeds: readonly OpenFeed<unknown>[]): string {
  return feeds.map((feed) => feed.status().digest ?? "").join();
}

const ABSENT = { kind: "absent" } as const;

function digestOf(feed: Feed<unknown>) {
  return feed.kind === "read" ? feed.digest : undefined;
}

async function changedNames({ store }: FeedDeps, after: ThreatFacts): Promise<readonly FeedName[]> {
  const changed: FeedName[] = [];
  for (const name of FEED_NAMES) if ((await store.applied(name)) !== digestOf(after[name])) changed.push(name);
  return changed;
}

async function appliedOf<Entry>({ store }: FeedDeps, name: FeedName, feed: OpenFeed<Entry> | undefined): Promise<Feed<Entry>> {
  const digest = await store.applied(name);
  if (digest === undefined) return ABSENT;
  // Of a feed that is set up no more it is enough to know that there was one.
  return feed === undefined ? { kind: "read", digest, madeAt: instant(0), entries: new Map() } : feed.byDigest(digest);
}

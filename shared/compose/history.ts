import type { ThreatFacts } from "../domain/threat.ts";
import type { Instant } from "../domain/time.ts";
import { type FeedSettings, openFeeds } from "../feeds/feeds.ts";
import type { EvidenceStore } from "../ports/evidence-store.ts";
import type { Log } from "../ports/log.ts";
import { openStore } from "./store.ts";

/** What a gate has known so far, for reading beside it while it runs. */
export interface History {
  readonly evidence: Pick<EvidenceStore, "entries">;
  /** What the feeds said that were in use then. */
  threats(asOf: Instant): Promise<ThreatFacts>;
  close(): Promise<void>;
}

/**
 * Opens the store of a gate on this machine. Nothing is written, and no feed is asked.
 * @throws AdapterError
 */
export async function openHistory(place: string, feedSettings: FeedSettings, log: Log): Promise<History> {
  const refuse = (): never => {
    throw new Error("the history is opened for reading");
  };
  const { evidence, feeds: snapshots, close } = await openStore("sqlite", { place, signHead: refuse });
  const feeds = await openFeeds({ store: snapshots, log }, feedSettings);
  return { evidence, threats: feeds.asOf, close };
}

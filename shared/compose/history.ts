import type { ImageRecord } from "../domain/image-record.ts";
import type { ThreatFacts } from "../domain/threat.ts";
import type { Instant } from "../domain/time.ts";
import type { Usage } from "../domain/usage.ts";
import { type FeedSettings, openFeeds } from "../feeds/feeds.ts";
import { askUsage } from "../pipeline/usage.ts";
import type { EvidenceStore } from "../ports/evidence-store.ts";
import type { Log } from "../ports/log.ts";
import { openForReading } from "./store.ts";
import type { UsageSettings } from "./usage-settings.ts";

/** What a gate has known so far, for reading beside it while it runs. */
export interface History {
  readonly evidence: Pick<EvidenceStore, "entries">;
  /** What the feeds said that were in use then. */
  threats(asOf: Instant): Promise<ThreatFacts>;
  /** Whether anything runs it now. */
  usage(image: Pick<ImageRecord, "key" | "children">, now: Instant): Promise<Usage>;
  close(): Promise<void>;
}

export interface HistorySettings {
  /** Place of the gate's store; absent: the file in its state folder. */
  readonly store?: string;
  readonly feeds: FeedSettings;
  readonly usage: UsageSettings;
}

/**
 * Opens the store of a gate, a file or another place. Nothing is told, and no feed is asked.
 * @throws ParseError, AdapterError
 */
export async function openHistory(place: string, settings: HistorySettings, log: Log): Promise<History> {
  const { evidence, ledger, usage, feeds: snapshots, close } = await openForReading(place);
  const feeds = await openFeeds({ store: snapshots, log }, settings.feeds);
  const { places, pulledWithin } = settings.usage;
  return {
    evidence,
    threats: feeds.asOf,
    usage: (image, now) => askUsage({ ledger, usage, places, pulledWithin }, image, now),
    close,
  };
}

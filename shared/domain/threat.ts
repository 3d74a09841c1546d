import type { Digest } from "./digest.ts";
import type { Instant } from "./time.ts";

/** An entry of CISA's catalogue of known exploited vulnerabilities. */
export interface KnownExploited {
  readonly addedAt: Instant;
  /** The last moment (UTC) of the day by which CISA wants it mended. */
  readonly dueAt?: Instant;
  readonly usedByRansomware: boolean | "unknown";
}

/** FIRST's exploit prediction; both 0 to 1. */
export interface ExploitPrediction {
  readonly probability: number;
  readonly percentile: number;
}

/** One state of a feed. `digest` names its bytes: an old verdict is recomputed with the snapshot that it was made with. */
export interface Snapshot<Entry> {
  readonly kind: "read";
  readonly digest: Digest;
  /** When the publisher made it. */
  readonly madeAt: Instant;
  /** By CVE id. */
  readonly entries: ReadonlyMap<string, Entry>;
}

/** `absent`: no feed is set up. `unavailable`: it is, and nothing could be read. */
export type Feed<Entry> = Snapshot<Entry> | { readonly kind: "absent" } | { readonly kind: "unavailable"; readonly why: string };

export interface ThreatFacts {
  readonly knownExploited: Feed<KnownExploited>;
  readonly exploitPrediction: Feed<ExploitPrediction>;
  /** CVE ids that were rejected or withdrawn. */
  readonly withdrawn: Feed<{ readonly at: Instant | "unknown" }>;
}

export type FeedName = keyof ThreatFacts;
export const FEED_NAMES = ["knownExploited", "exploitPrediction", "withdrawn"] as const satisfies readonly FeedName[];

export const NO_THREAT_FACTS: ThreatFacts = {
  knownExploited: { kind: "absent" },
  exploitPrediction: { kind: "absent" },
  withdrawn: { kind: "absent" },
};

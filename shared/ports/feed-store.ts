import type { Digest } from "../domain/digest.ts";
import type { FeedName } from "../domain/threat.ts";
import type { Instant } from "../domain/time.ts";

/** A feed as it was published at one time. */
export interface StoredSnapshot {
  /** Of its bytes. */
  readonly digest: Digest;
  readonly madeAt: Instant;
  /** When it came into use here. */
  readonly storedAt: Instant;
  /** When it was last found to be the newest. */
  readonly checkedAt: Instant;
}

/** Snapshots of feeds, older ones too: a verdict of an earlier day is recomputed with what was in use then. */
export interface FeedStore {
  /** `source`: where it came from; another place starts a line of snapshots of its own. The same bytes again: only `checkedAt` moves. */
  put(feed: FeedName, source: string, snapshot: { readonly bytes: Uint8Array; readonly madeAt: Instant }, at: Instant): Promise<Digest>;
  /** The one in use at a time; the newest of any time where none is given. */
  newest(feed: FeedName, source: string, asOf?: Instant): Promise<StoredSnapshot | undefined>;
  bytes(feed: FeedName, digest: Digest): Promise<Uint8Array | undefined>;
  /** Digest of the snapshot that every image's verdict takes into account; absent where none does. */
  applied(feed: FeedName): Promise<Digest | undefined>;
  apply(feed: FeedName, digest: Digest | undefined): Promise<void>;
  /** Drops what went out of use before a time; never the newest of a source, nor what is applied. */
  prune(before: Instant): Promise<void>;
}

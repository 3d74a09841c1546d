import type { Digest } from "../domain/digest.ts";
import type { Feed, FeedName, Snapshot } from "../domain/threat.ts";
import { add, type Duration, type Instant, parseDuration } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { FeedStore } from "../ports/feed-store.ts";
import type { FeedStatus } from "../ports/gate-status.ts";
import type { Log } from "../ports/log.ts";
import { refusal } from "./acceptable.ts";
import { type FeedSetting, readFeedBytes, sourceOf } from "./location.ts";
import type { FeedText } from "./reading.ts";

export interface FeedDeps {
  readonly store: FeedStore;
  readonly log: Log;
}

export type FeedReader<Entry> = (bytes: Uint8Array) => FeedText<Entry>;

/** One feed in use, with the state that it was read in last. */
export interface OpenFeed<Entry> {
  current(): Feed<Entry>;
  /** The snapshot that was in use at a time. */
  asOf(at: Instant): Promise<Feed<Entry>>;
  byDigest(digest: Digest): Promise<Feed<Entry>>;
  /** Takes over what the store has. */
  load(): Promise<void>;
  /** Takes over what another process has stored, and asks the publisher where it is time. Keeps the last good snapshot on any fault. */
  refresh(now: Instant, signal?: AbortSignal): Promise<void>;
  status(): FeedStatus;
}

const RETRY: Duration = parseDuration("5m");

interface Parts<Entry> extends FeedDeps {
  readonly name: FeedName;
  readonly read: FeedReader<Entry>;
  readonly setting: FeedSetting;
  readonly source: string;
}

interface State<Entry> {
  snapshot: Snapshot<Entry> | undefined;
  checkedAt: Instant | undefined;
  /** Set after a fault: when to try again. */
  retryAt: Instant | undefined;
  fault: string | undefined;
}

export function openFeed<Entry>(deps: FeedDeps, name: FeedName, read: FeedReader<Entry>, setting: FeedSetting): OpenFeed<Entry> {
  const parts: Parts<Entry> = { ...deps, name, read, setting, source: sourceOf(setting.location) };
  const state: State<Entry> = { snapshot: undefined, checkedAt: undefined, retryAt: undefined, fault: undefined };
  return {
    current: () => state.snapshot ?? { kind: "unavailable", why: state.fault ?? "it was not read yet" },
    async asOf(at) {
      const stored = await deps.store.newest(name, parts.source, at);
      const snapshot = stored === undefined ? undefined : await readStored(parts, stored.digest);
      return snapshot ?? { kind: "unavailable", why: "no snapshot was in use then" };
    },
    byDigest: async (digest) => (await readStored(parts, digest)) ?? { kind: "unavailable", why: "the snapshot is not kept any more" },
    load: () => takeStored(parts, state),
    refresh: (now, signal) => refresh(parts, state, now, signal),
    status: () => statusOf(parts, state),
  };
}

/** A snapshot that an earlier program took and this one refuses is as good as none: the gate starts, and the feed is asked. */
async function readStored<Entry>({ store, log, name, read }: Parts<Entry>, digest: Digest): Promise<Snapshot<Entry> | undefined> {
  const bytes = await store.bytes(name, digest);
  if (bytes === undefined) return undefined;
  try {
    return { kind: "read", digest, ...read(bytes) };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    log.error("A stored snapshot of a feed cannot be read.", { feed: name, digest, why: error.message });
    return undefined;
  }
}

async function takeStored<Entry>(parts: Parts<Entry>, state: State<Entry>): Promise<void> {
  const stored = await parts.store.newest(parts.name, parts.source);
  if (stored === undefined) return;
  if (stored.digest !== state.snapshot?.digest) state.snapshot = await readStored(parts, stored.digest);
  state.checkedAt = state.snapshot === undefined ? undefined : stored.checkedAt;
}

async function refresh<Entry>(parts: Parts<Entry>, state: State<Entry>, now: Instant, signal?: AbortSignal): Promise<void> {
  const { log, name, setting } = parts;
  await takeStored(parts, state);
  const dueAt = state.retryAt ?? (state.checkedAt === undefined ? now : add(state.checkedAt, setting.every));
  if (now < dueAt) return;
  try {
    await ask(parts, state, now, signal);
    state.fault = undefined;
    state.retryAt = undefined;
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    if (state.fault !== error.message)
      log.warn("A feed could not be renewed; the last good snapshot stays in use.", { feed: name, why: error.message });
    state.fault = error.message;
    state.retryAt = add(now, setting.every < RETRY ? setting.every : RETRY);
  }
}

async function ask<Entry>(parts: Parts<Entry>, state: State<Entry>, now: Instant, signal?: AbortSignal): Promise<void> {
  const { store, log, name, read, setting, source } = parts;
  const bytes = await readFeedBytes(setting.location, signal);
  const text = read(bytes);
  const why = refusal(state.snapshot, text, now);
  if (why !== undefined)
    throw new AdapterError("refused", `${source}: ${why}`, { mend: "look at the feed; where it is right, give it under another path" });
  const digest = await store.put(name, source, { bytes, madeAt: text.madeAt }, now);
  if (digest !== state.snapshot?.digest) log.info("A feed has a new snapshot.", { feed: name, digest, entries: text.entries.size });
  state.snapshot = { kind: "read", digest, ...text };
  state.checkedAt = now;
}

function statusOf<Entry>({ name, source }: Parts<Entry>, { snapshot, checkedAt, fault }: State<Entry>): FeedStatus {
  return {
    name,
    source,
    ...(snapshot === undefined ? {} : { digest: snapshot.digest, madeAt: snapshot.madeAt, entries: snapshot.entries.size }),
    ...(checkedAt === undefined ? {} : { checkedAt }),
    ...(fault === undefined ? {} : { fault }),
  };
}

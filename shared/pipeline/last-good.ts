import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { Tag } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import { passes } from "../enforcement/tags.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { type Judged, judge } from "./judge.ts";

/** Further back nobody wants to go by itself. */
const MOST_BEARERS = 20;

/**
 * The image that a tag pointed at last and that is there, is not held and complies: judged anew, by what is in force and known now, with that tag among its
 * own. The image itself is never meant.
 */
export async function lastGood(
  deps: GateDeps,
  watched: WatchedRegistry,
  { key }: ImageRecord,
  tag: Tag,
  now: Instant,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  for (const digest of await deps.ledger.bearers(key, tag, MOST_BEARERS)) {
    const record = digest === key.digest ? undefined : await deps.ledger.image({ ...key, digest });
    if (record === undefined || isTaken(record)) continue;
    const judged = await judgedAs(deps, watched, record, tag, now, signal);
    if (judged !== undefined && passes(judged.record.verdict)) return digest;
  }
  return undefined;
}

function isTaken({ presence, hold, override, pending }: ImageRecord): boolean {
  return presence === "gone" || hold.kind === "held" || override?.kind === "hold" || pending?.verb === "hold";
}

/** `undefined`: it is not there, or cannot be read. */
async function judgedAs(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord,
  tag: Tag,
  now: Instant,
  signal?: AbortSignal,
): Promise<Judged | undefined> {
  const { key, tags, origin } = record;
  try {
    const manifest = await watched.registry.manifest(key.repository, key.digest, signal);
    if (manifest === undefined) return undefined;
    const place = { source: watched.registry, key, repositories: [key.repository] };
    const borne = [...new Set([...tags, tag])];
    return await judge(deps, watched, { place, manifest, record, tags, borne, work: { origin }, now }, signal);
  } catch (error) {
    if (error instanceof AdapterError && !error.retryable) return undefined;
    throw error;
  }
}

import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey, Tag } from "../domain/image-ref.ts";
import type { Manifest } from "../domain/manifest.ts";
import { add, type Duration, parseDuration } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Attempt } from "./carry-out.ts";
import { rejudgeSubjects } from "./concerned.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { DONE, type WorkOutcome } from "./outcome.ts";
import { digestNamedBy } from "./subject.ts";
import { type JudgeWork, judgeWork } from "./work.ts";

/**
 * An image without a tag may be a platform of an index that is still being pushed (distribution announces children first). It is looked at
 * again after this time, and then with its index where there is one.
 */
const SETTLE: Duration = parseDuration("5s");
/** An index without a tag may be part of another one. It is looked at before those that it names. */
const SETTLE_INDEX: Duration = parseDuration("4s");

export interface Untagged {
  readonly key: ImageKey;
  readonly manifest: Manifest;
  readonly record: ImageRecord | undefined;
  readonly work: JudgeWork;
}

/**
 * An untagged image that an index names, which may be an index too: with that index, also where the index came long after it or its event is not
 * read yet. One that was never judged: a little later, in case that the index is still coming. An index that is gone vouches for nothing.
 */
export async function judgedElsewhere(
  deps: GateDeps,
  watched: WatchedRegistry,
  { key, manifest, record, work }: Untagged,
  { now, queuedAt, signal }: Attempt,
): Promise<WorkOutcome | undefined> {
  if (work.origin === "operator") return undefined;
  const parents = (await deps.ledger.parents(key)).filter(({ presence }) => presence === "present");
  if (parents.length > 0) {
    const digests = parents.map((parent) => parent.key.digest);
    await rejudgeSubjects(deps, key, digests, work, now);
    return DONE;
  }
  if (record !== undefined) return undefined;
  const settledAt = add(queuedAt, manifest.kind === "index" ? SETTLE_INDEX : SETTLE);
  if (now < settledAt) return { kind: "retry", at: settledAt, why: "waits for an index that may name it" };
  const index = await unreadIndex(deps, watched, key, signal);
  if (index === undefined) return undefined;
  await deps.queue.put([judgeWork({ registry: key.registry, repository: key.repository, ...index, origin: "event" }, now)], now);
  return DONE;
}

type Named = Required<Pick<JudgeWork, "digest" | "tag">>;

/** A tagged index that names the image and that the ledger does not know yet: its event waits behind others, or was lost. */
async function unreadIndex(
  deps: GateDeps,
  { registry }: WatchedRegistry,
  key: ImageKey,
  signal: AbortSignal | undefined,
): Promise<Named | undefined> {
  const tags = await Array.fromAsync(registry.tags(key.repository, signal));
  for (let from = 0; from < tags.length; from += AT_ONCE) {
    const some = tags.slice(from, from + AT_ONCE).filter((tag) => digestNamedBy(tag) === undefined);
    const found = await Promise.all(some.map((tag) => namesIt(deps, registry, key, tag, signal)));
    const index = found.find((named) => named !== undefined);
    if (index !== undefined) return index;
  }
  return undefined;
}

const AT_ONCE = 8;

async function namesIt(
  { ledger }: GateDeps,
  registry: WatchedRegistry["registry"],
  key: ImageKey,
  tag: Tag,
  signal: AbortSignal | undefined,
): Promise<Named | undefined> {
  const digest = await registry.resolve(key.repository, tag, signal);
  if (digest === undefined || (await ledger.image({ ...key, digest })) !== undefined) return undefined;
  try {
    const manifest = await registry.manifest(key.repository, digest, signal);
    const isNamed = manifest?.kind === "index" && manifest.manifests.some((child) => child.digest === key.digest);
    return isNamed ? { digest, tag } : undefined;
  } catch (error) {
    // What cannot be read is no index that anybody could pull.
    if (error instanceof AdapterError && ["malformed", "unsupported", "too-large"].includes(error.code)) return undefined;
    throw error;
  }
}

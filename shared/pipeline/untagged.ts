import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey, Repository, Tag } from "../domain/image-ref.ts";
import type { Manifest } from "../domain/manifest.ts";
import { add, type Duration, parseDuration } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { ImageSource } from "../ports/image-source.ts";
import { inPages } from "../ports/in-pages.ts";
import type { Registry } from "../ports/registry.ts";
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
  { ledger }: GateDeps,
  { registry }: WatchedRegistry,
  key: ImageKey,
  signal: AbortSignal | undefined,
): Promise<Named | undefined> {
  const isUnread = async ({ digest }: Named): Promise<boolean> =>
    (await ledger.image({ ...key, digest })) === undefined && (await isIndexOf(registry, key, digest, signal));
  for await (const some of inPages(headsOf(registry, key.repository, signal), AT_ONCE)) {
    const unread = await Promise.all(some.map(isUnread));
    const index = some.find((_, place) => unread[place] === true);
    if (index !== undefined) return { tag: index.tag, digest: index.digest };
  }
  return undefined;
}

const AT_ONCE = 8;

/** Where a registry tells of many at once what they are, only indexes have to be looked at; else each tag is asked for. */
async function* headsOf(registry: Registry, repository: Repository, signal: AbortSignal | undefined): AsyncGenerator<Named> {
  const listed: AsyncIterable<Named> | undefined = registry.taggedIndexes?.(repository, signal);
  if (listed === undefined) yield* eachHead(registry, repository, signal);
  else for await (const head of listed) if (isOfImage(head.tag)) yield head;
}

async function* eachHead(registry: ImageSource, repository: Repository, signal: AbortSignal | undefined): AsyncGenerator<Named> {
  const tags = (await Array.fromAsync(registry.tags(repository, signal))).filter(isOfImage);
  for await (const some of inPages(tags, AT_ONCE)) {
    const digests = await Promise.all(some.map((tag) => registry.resolve(repository, tag, signal)));
    yield* some.flatMap((tag, place) => withDigest(tag, digests[place]));
  }
}

/** Not the name of something attached. */
function isOfImage(tag: Tag): boolean {
  return digestNamedBy(tag) === undefined;
}

function withDigest(tag: Tag, digest: Digest | undefined): readonly Named[] {
  return digest === undefined ? [] : [{ tag, digest }];
}

async function isIndexOf(registry: ImageSource, key: ImageKey, digest: Digest, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    const manifest = await registry.manifest(key.repository, digest, signal);
    return manifest?.kind === "index" && manifest.manifests.some((child) => child.digest === key.digest);
  } catch (error) {
    // What cannot be read is no index that anybody could pull.
    if (error instanceof AdapterError && ["malformed", "unsupported", "too-large"].includes(error.code)) return false;
    throw error;
  }
}

import { type Digest, hexOf } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { Repository } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import { AdapterError, type AdapterErrorCode } from "../ports/adapter-error.ts";
import type { Registry } from "../ports/registry.ts";
import { attachmentsOf, MOST_ATTACHED } from "./concerned.ts";
import type { GateDeps } from "./deps.ts";

/** Of so many images at most one sweep asks what is attached to them: that is a call for each, which some registries count. */
const MOST_ASKED = 1_000;
const AT_ONCE = 4;
const MOST_CHILDREN = 64;
const MINUTE = 60_000;

/** One sweep's look at what is attached to the images of a registry. */
export interface Attachments {
  /** Those that are its turn and to which something else is attached now. None where the registry has become unwell. */
  changedAmong(records: readonly ImageRecord[], signal?: AbortSignal): Promise<readonly ImageRecord[]>;
}

export async function openAttachments(
  { ledger, log }: Pick<GateDeps, "ledger" | "log">,
  registry: Registry,
  now: Instant,
): Promise<Attachments> {
  const part = partFor((await ledger.counts()).images, now);
  let isUnwell = false;

  async function isChanged(record: ImageRecord, signal: AbortSignal | undefined): Promise<boolean> {
    if (isUnwell) return false;
    try {
      return await hasOtherAttachments(registry, record, signal);
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      const { code, message } = error;
      if (!isUnwell) log.warn("A sweep could not ask for all that is attached to images.", { registry: registry.host, code, why: message });
      isUnwell = true;
      return false;
    }
  }

  return {
    async changedAmong(records, signal) {
      const ones = records.filter(({ key }) => part.has(key.digest));
      const changed: ImageRecord[] = [];
      for (let from = 0; from < ones.length; from += AT_ONCE) {
        const some = ones.slice(from, from + AT_ONCE);
        const answers = await Promise.all(some.map((record) => isChanged(record, signal)));
        changed.push(...some.filter((_, place) => answers[place]));
      }
      return changed;
    },
  };
}

/** Which images a sweep looks at. */
export interface Part {
  has(digest: Digest): boolean;
}

/**
 * All images where they are few, else every nth. Which ones follows from the time alone, in steps of the golden ratio: however often it is swept,
 * every image has its turn, and no memory is needed for that.
 */
export function partFor(images: number, now: Instant): Part {
  const parts = Math.max(1, Math.ceil(images / MOST_ASKED));
  const part = Math.floor((((now / MINUTE) * 0.618_033_988_749_895) % 1) * parts);
  return { has: (digest) => Number.parseInt(hexOf(digest).slice(0, 8), 16) % parts === part };
}

/**
 * Whether something was attached or taken away since the image was judged. What cannot be read is no difference by itself.
 * @throws AdapterError where the registry is unwell: then it is not asked for more
 */
async function hasOtherAttachments(registry: Registry, record: ImageRecord, signal?: AbortSignal): Promise<boolean> {
  const { key, attached, children } = record;
  if (attached === undefined || attached.length >= MOST_ATTACHED || children.length > MOST_CHILDREN) return false;
  const look: Look = { registry, repositories: repositoriesOf(registry, record), subjects: [key.digest, ...children], signal };
  const now = await attachedNow(look);
  if ([...now].some((digest) => !attached.includes(digest))) return true;
  for (const digest of attached) if (!now.has(digest) && !(await liesDeeper(look, digest))) return true;
  return false;
}

interface Look {
  readonly registry: Registry;
  readonly repositories: readonly Repository[];
  readonly subjects: readonly Digest[];
  readonly signal: AbortSignal | undefined;
}

/** What belongs to a held image may lie where it was, and where it lies now. */
function repositoriesOf(registry: Registry, { key, hold }: ImageRecord): readonly Repository[] {
  const away = hold.kind === "held" ? registry.heldAt(key) : undefined;
  return away === undefined ? [key.repository] : [key.repository, away];
}

async function attachedNow({ registry, repositories, subjects, signal }: Look): Promise<ReadonlySet<Digest>> {
  const now = new Set<Digest>();
  for (const repository of repositories)
    for (const subject of subjects) {
      const referrers = await unlessUnreadable(registry.referrers(repository, subject, signal));
      for (const digest of attachmentsOf((referrers ?? []).map((referrer) => ({ referrer })))) now.add(digest);
    }
  return now;
}

/** Attached to a child of a child, which was not asked about. */
async function liesDeeper({ registry, repositories, subjects, signal }: Look, digest: Digest): Promise<boolean> {
  for (const repository of repositories) {
    const manifest = await unlessUnreadable(registry.manifest(repository, digest, signal));
    if (manifest?.subject !== undefined && !subjects.includes(manifest.subject.digest)) return true;
  }
  return false;
}

async function unlessUnreadable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof AdapterError && UNREADABLE.includes(error.code)) return undefined;
    throw error;
  }
}

const UNREADABLE: readonly AdapterErrorCode[] = ["malformed", "unsupported", "too-large"];

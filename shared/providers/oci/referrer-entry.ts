import { type Digest, referrersTag } from "../../domain/digest.ts";
import { isTag, type Repository, type Tag } from "../../domain/image-ref.ts";
import { type IndexManifest, OCI_INDEX } from "../../domain/manifest.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { digestOf } from "../../oci/content.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { type Entry, entriesOf, existing, listAt, listOf } from "./referrer-list.ts";
import { replaceTagged, type Writing } from "./replace-tagged.ts";

/** More writers at one moment than anybody has. */
const MOST_TRIES = 8;

type Change = (entries: readonly Entry[]) => readonly Entry[];

/** Has the list under the fallback tag name the manifest (distribution-spec 1.1, "Pushing Manifests with Subject"). */
export function addEntry(writing: Writing, repository: Repository, subject: Digest, entry: Entry, signal?: AbortSignal): Promise<void> {
  return changeList(writing, repository, subject, (entries) => (has(entries, entry.digest) ? entries : [...entries, entry]), signal);
}

export function removeEntry(
  writing: Writing,
  repository: Repository,
  subject: Digest,
  digest: Digest,
  signal?: AbortSignal,
): Promise<void> {
  const without: Change = (entries) => (has(entries, digest) ? entries.filter((entry) => entry.digest !== digest) : entries);
  return changeList(writing, repository, subject, without, signal);
}

function has(entries: readonly Entry[], digest: Digest): boolean {
  return entries.some((entry) => entry.digest === digest);
}

/**
 * Reads the list, writes it changed, and reads it again until it stands as wanted: most registries do not look at ETags, so two who write at
 * one moment may each overwrite the other, and only a second look tells. What others wrote is kept.
 */
async function changeList(writing: Writing, repository: Repository, subject: Digest, change: Change, signal?: AbortSignal): Promise<void> {
  const tag = referrersTag(subject);
  if (!isTag(tag)) return;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const list = await readList(writing.client, repository, tag, signal);
    const entries = list === undefined ? [] : entriesOf(list);
    const wanted = change(entries);
    if (wanted === entries) return;
    await writeList(writing, { repository, tag, list }, wanted, signal);
  }
  throw new AdapterError("conflict", `tag ${tag} of ${repository}: somebody else writes the list of referrers all the time`, {
    retryable: true,
  });
}

async function readList(
  client: RegistryClient,
  repository: Repository,
  tag: Tag,
  signal?: AbortSignal,
): Promise<IndexManifest | undefined> {
  const list = await listAt(client, repository, tag, signal);
  if (list !== "other") return list;
  throw new AdapterError("conflict", `tag ${tag} of ${repository}: holds something else than a list of referrers`, {
    mend: "delete the tag",
  });
}

interface Standing {
  readonly repository: Repository;
  readonly tag: Tag;
  readonly list: IndexManifest | undefined;
}

/** An empty list is deleted: by digest, so that a list which somebody wrote meanwhile stays. */
async function writeList(
  writing: Writing,
  { repository, tag, list }: Standing,
  wanted: readonly Entry[],
  signal?: AbortSignal,
): Promise<void> {
  const { client } = writing;
  const there = new Set(await existing(client, repository, wanted, signal));
  const present = wanted.filter(({ digest }) => there.has(digest));
  if (present.length > 0) {
    const bytes = listOf(present);
    const digest = digestOf(bytes);
    await replaceTagged(writing, { repository, tag, before: list?.digest }, { bytes, digest, mediaType: OCI_INDEX }, signal);
  } else if (list !== undefined) await client.deleteManifest(repository, list.digest, signal);
}

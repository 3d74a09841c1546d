import type { Digest } from "../../domain/digest.ts";
import type { Repository, Tag } from "../../domain/image-ref.ts";
import { type IndexManifest, OCI_INDEX } from "../../domain/manifest.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { inParallel } from "./in-parallel.ts";

/**
 * Brings a list of referrers under its fallback tag together: what stands there, and the lists given. Where one of them holds all the
 * entries its bytes are used as they are, so a list that nobody touched meanwhile comes back byte for byte.
 * @returns false where something else than a list stands there, which is left alone
 */
export async function mergeLists(
  client: RegistryClient,
  repository: Repository,
  tag: Tag,
  lists: readonly IndexManifest[],
  signal?: AbortSignal,
): Promise<boolean> {
  const standing = await listAt(client, repository, tag, signal);
  if (standing === "other") return lists.length === 0;
  const all = standing === undefined ? lists : [standing, ...lists];
  const named = all.flatMap(({ manifests }) => manifests);
  const entries = await existing(client, repository, named, signal);
  const whole = all.find((list) => isExactly(list, entries));
  if ((whole !== undefined && whole === standing) || (whole === undefined && entries.length === 0)) return true;
  const bytes = whole?.bytes ?? joined(all, new Set(entries));
  if (all.length > 0) await client.putManifest(repository, bytes, whole?.mediaType ?? OCI_INDEX, tag, signal);
  return true;
}

/** A list that names something more names what is gone, and would be refused. */
function isExactly({ manifests }: IndexManifest, entries: readonly Digest[]): boolean {
  const named = new Set(manifests.map(({ digest }) => digest));
  return named.size === entries.length && entries.every((digest) => named.has(digest));
}

export async function listAt(
  client: RegistryClient,
  repository: Repository,
  tag: Tag,
  signal: AbortSignal | undefined,
): Promise<IndexManifest | "other" | undefined> {
  const digest = await client.resolve(repository, tag, signal);
  const manifest = digest === undefined ? undefined : await client.manifest(repository, digest, signal);
  return manifest === undefined || manifest.kind === "index" ? manifest : "other";
}

/** Entries whose manifests the repository has: a list of what is gone would be refused. */
export async function existing(
  client: RegistryClient,
  repository: Repository,
  entries: readonly Entry[],
  signal: AbortSignal | undefined,
): Promise<readonly Digest[]> {
  const digests = [...new Set(entries.map((entry) => entry.digest))];
  const found = await inParallel(digests, async (digest) =>
    (await client.resolve(repository, digest, signal)) === undefined ? [] : [digest],
  );
  return found.flat();
}

/** Each entry once. */
function joined(lists: readonly IndexManifest[], wanted: ReadonlySet<Digest>): Uint8Array {
  const manifests = new Map<string, Entry>();
  for (const list of lists)
    for (const entry of entriesOf(list)) if (wanted.has(entry.digest) && !manifests.has(entry.digest)) manifests.set(entry.digest, entry);
  return listOf([...manifests.values()]);
}

/** One line of a list, as it was written, with members that we do not know. */
export type Entry = { readonly digest: Digest };

export function entriesOf({ bytes }: IndexManifest): readonly Entry[] {
  const { manifests } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { readonly manifests: readonly Entry[] };
  return manifests;
}

export function listOf(manifests: readonly Entry[]): Uint8Array {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
}

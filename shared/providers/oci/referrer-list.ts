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
  const entries = await existing(client, repository, all, signal);
  const whole = all.find((list) => entries.every((digest) => list.manifests.some((entry) => entry.digest === digest)));
  if (whole !== undefined && whole === standing) return true;
  const bytes = whole?.bytes ?? joined(all, new Set(entries));
  if (all.length > 0) await client.putManifest(repository, bytes, whole?.mediaType ?? OCI_INDEX, tag, signal);
  return true;
}

async function listAt(
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
async function existing(
  client: RegistryClient,
  repository: Repository,
  lists: readonly IndexManifest[],
  signal: AbortSignal | undefined,
): Promise<readonly Digest[]> {
  const digests = [...new Set(lists.flatMap((list) => list.manifests.map((entry) => entry.digest)))];
  const found = await inParallel(digests, async (digest) =>
    (await client.resolve(repository, digest, signal)) === undefined ? [] : [digest],
  );
  return found.flat();
}

/** Entries as they were written, with members that we do not know. */
function joined(lists: readonly IndexManifest[], wanted: Set<Digest>): Uint8Array {
  const manifests = new Map<string, unknown>();
  for (const list of lists) {
    const { manifests: entries } = JSON.parse(Buffer.from(list.bytes).toString("utf8")) as {
      readonly manifests: readonly { readonly digest: Digest }[];
    };
    for (const entry of entries) if (wanted.has(entry.digest) && !manifests.has(entry.digest)) manifests.set(entry.digest, entry);
  }
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...manifests.values()] }));
}

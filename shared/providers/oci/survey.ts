import type { Before, MovedManifest } from "../../domain/action.ts";
import { type Digest, referrersTag } from "../../domain/digest.ts";
import type { ImageKey, Repository, Tag } from "../../domain/image-ref.ts";
import { isIndexType, isRunnable, type Manifest } from "../../domain/manifest.ts";
import type { RegistryClient } from "../../oci/client.ts";
import type { ActDeps } from "./act.ts";
import { MOST_NESTED } from "./carry.ts";
import { inParallel } from "./in-parallel.ts";
import { quarantineOf } from "./place.ts";
import { childrenOfOthers, type TagHeads, tagsOf } from "./tag-heads.ts";
import { unlessUnreadable } from "./unreadable.ts";

interface Survey {
  readonly client: RegistryClient;
  readonly repository: Repository;
  readonly heads: TagHeads;
  /** Children that something else needs. */
  readonly kept: ReadonlySet<Digest>;
  readonly signal: AbortSignal | undefined;
}

/** What a hold would move: the image, the children that nothing else needs, and all that refers to these. */
export async function survey(
  { client, reader, quarantine }: Omit<ActDeps, "pullers">,
  { repository, digest }: ImageKey,
  sharedChildren: ReadonlySet<Digest>,
  signal?: AbortSignal,
): Promise<Before | undefined> {
  const place = quarantineOf(quarantine, repository);
  const subject = await client.manifest(repository, digest, signal);
  if (subject === undefined) return undefined;
  const parts = subject.kind === "index" ? subject.manifests.map((child) => child.digest) : [];
  const heads = await reader.headsAbout(repository, [digest, ...parts], signal);
  const others = await childrenOfOthers(reader, repository, heads, new Set([digest]), signal);
  const look: Survey = { client, repository, heads, kept: new Set([...sharedChildren, ...others]), signal };
  const family = [moved(look, subject, "subject"), ...(await childrenOf(look, subject, 1))];
  const attached = [...(await referrersOf(look, family)), ...listsOf(look, family)];
  const manifests = new Map<Digest, MovedManifest>();
  for (const manifest of [...family, ...attached]) if (!manifests.has(manifest.digest)) manifests.set(manifest.digest, manifest);
  const isNamed = others.has(digest) ? ({ isNamed: true } as const) : {};
  return { tags: tagsOf(heads, digest), quarantine: place, manifests: [...manifests.values()], ...isNamed };
}

/** A child with a tag of its own is an image of its own. */
async function childrenOf(look: Survey, parent: Manifest, depth: number): Promise<readonly MovedManifest[]> {
  if (parent.kind !== "index" || depth > MOST_NESTED) return [];
  const digests = new Set(parent.manifests.map((child) => child.digest));
  const candidates = [...digests].filter((digest) => !look.kept.has(digest) && tagsOf(look.heads, digest).length === 0);
  const found = await inParallel(candidates, async (digest) => {
    const head = await unlessUnreadable(look.client.headManifest(look.repository, digest, look.signal));
    if (head === undefined) return [];
    const child = isIndexType(head.mediaType)
      ? await unlessUnreadable(look.client.manifest(look.repository, digest, look.signal))
      : undefined;
    return [moved(look, head, "child"), ...(child === undefined ? [] : await childrenOf(look, child, depth + 1))];
  });
  return found.flat();
}

/** What cannot be read stays where it is. So does a tagged referrer that a container runtime could run: it is an image of its own. */
async function referrersOf(look: Survey, family: readonly MovedManifest[]): Promise<readonly MovedManifest[]> {
  const { client, repository, signal } = look;
  const found = await inParallel(family, ({ digest }) =>
    unlessUnreadable(client.referrers(repository, digest, signal, new Set(look.heads.keys()))),
  );
  return found
    .flatMap((referrers) => referrers ?? [])
    .filter(({ manifest, tag }) => tag !== undefined || !isRunnable(manifest) || tagsOf(look.heads, manifest.digest).length === 0)
    .map(({ manifest }) => moved(look, manifest, "referrer"));
}

/** Lists of referrers under the fallback tags. Two empty lists are the same bytes: one that others use as well is left alone. */
function listsOf(look: Survey, family: readonly MovedManifest[]): readonly MovedManifest[] {
  const ours = new Set<string>(family.map(({ digest }) => referrersTag(digest)));
  const lists = [...look.heads].filter(([tag]) => ours.has(tag)).map(([, head]) => moved(look, head, "referrers-index"));
  return lists.filter((list) => list.tags.every((tag) => ours.has(tag)));
}

function moved(
  look: Survey,
  { digest, mediaType }: { readonly digest: Digest; readonly mediaType: string },
  role: MovedManifest["role"],
): MovedManifest {
  const tags: readonly Tag[] = tagsOf(look.heads, digest);
  return { digest, mediaType, role, tags };
}

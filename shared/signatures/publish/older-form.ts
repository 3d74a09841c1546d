import type { Digest } from "../../domain/digest.ts";
import { parseTag, type Repository, type Tag } from "../../domain/image-ref.ts";
import type { ImageManifest } from "../../domain/manifest.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { PublicationRequest } from "../../ports/verdict-publisher.ts";
import { type OlderLayer, olderArtifact } from "./artifacts.ts";

const MOST_TRIES = 8;

export interface Edit {
  readonly repository: Repository;
  readonly subject: Digest;
  readonly add: readonly OlderLayer[];
  /** Contents of the gate's own layers that go. */
  readonly drop: ReadonlySet<Digest>;
}

type Attaching = Pick<PublicationRequest, "registry">;

/**
 * Changes the layers of the one manifest under `.att` that all signers share: read, written unless it moved meanwhile, and read again until it is as
 * wanted, for two writers may overwrite each other. @returns the manifest's digest; `undefined` where none is left.
 */
export async function editOlder({ registry }: Attaching, edit: Edit, signal?: AbortSignal): Promise<Digest | undefined> {
  const { repository, subject, add, drop } = edit;
  const tag = parseTag(`${subject.replace(":", "-")}.att`);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const before = await readStanding(registry, repository, tag, signal);
    const contents = (before?.layers ?? []).map(({ digest }) => digest);
    const missing = add.filter(({ descriptor }) => !contents.includes(descriptor.digest));
    const kept = contents.filter((digest) => !drop.has(digest));
    if (missing.length === 0 && kept.length === contents.length) return before?.digest;
    if (kept.length + missing.length > 0) await write({ registry }, { ...edit, tag, before, missing, kept: new Set(kept) }, signal);
    // The manifest of before still says it, to whoever knows its digest.
    if (before !== undefined && kept.length < contents.length)
      await registry.attachments.detach(repository, subject, before.digest, signal);
  }
  throw new AdapterError("conflict", `tag ${tag} of ${repository}: somebody else writes it all the time`, { retryable: true });
}

async function readStanding(
  registry: Attaching["registry"],
  repository: Repository,
  tag: Tag,
  signal?: AbortSignal,
): Promise<ImageManifest | undefined> {
  const digest = await registry.resolve(repository, tag, signal);
  const manifest = digest === undefined ? undefined : await registry.manifest(repository, digest, signal);
  if (manifest?.kind === "index")
    throw new AdapterError("conflict", `tag ${tag} of ${repository}: holds an index where attestations belong`, { mend: "delete the tag" });
  return manifest;
}

interface Write extends Edit {
  readonly tag: Tag;
  readonly before: ImageManifest | undefined;
  readonly missing: readonly OlderLayer[];
  readonly kept: ReadonlySet<Digest>;
}

/** Where tags are immutable, a manifest that holds nothing but the gate's own can still make place for the next. */
async function write(
  { registry }: Attaching,
  { repository, subject, tag, before, missing, kept }: Write,
  signal?: AbortSignal,
): Promise<void> {
  const { attachments } = registry;
  try {
    await attachments.replace(repository, tag, before?.digest, olderArtifact(before, kept, missing), signal);
  } catch (error) {
    const isFixed = error instanceof AdapterError && (error.code === "conflict" || error.code === "refused");
    if (!isFixed || before === undefined || kept.size > 0) throw error;
    await attachments.detach(repository, subject, before.digest, signal);
  }
}

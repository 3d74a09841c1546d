import type { Digest } from "../../domain/digest.ts";
import type { Repository, Tag } from "../../domain/image-ref.ts";
import { OCI_INDEX } from "../../domain/manifest.ts";
import { digestOf } from "../../oci/content.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { proveDeletable } from "./prove-deletable.ts";
import { replaceTagged, type Writing } from "./replace-tagged.ts";

export interface Taking {
  readonly repository: Repository;
  readonly tag: Tag;
  /** What it points at. */
  readonly from: Digest;
  /** Id of the action that takes it. */
  readonly action: string;
}

/**
 * Takes away a tag and leaves its image. A deletion by tag takes the whole image at some registries, so the tag is given to a manifest of its own first, and
 * that is deleted by its digest, which no other tag has. May be cut off anywhere and run again.
 */
export async function takeTag(writing: Writing, taking: Taking, signal?: AbortSignal): Promise<"taken" | "moved"> {
  const { client } = writing;
  const { repository, tag, action } = taking;
  const placeholder = placeholderOf(action, tag);
  if ((await client.resolve(repository, tag, signal)) !== placeholder.digest) {
    await proveDeletable(client, repository, signal);
    const given = await givePlaceholder(writing, taking, placeholder, signal);
    if (given !== "replaced") return given;
  }
  await deletePlaceholder(writing, taking, placeholder.digest, signal);
  return "taken";
}

/** A tag that may not be moved may be taken away at some registries. */
async function givePlaceholder(
  writing: Writing,
  { repository, tag, from }: Taking,
  placeholder: ReturnType<typeof placeholderOf>,
  signal: AbortSignal | undefined,
): Promise<"replaced" | "moved" | "taken"> {
  const { client } = writing;
  try {
    return await replaceTagged(writing, { repository, tag, before: from }, placeholder, signal);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "conflict" || client.untag === undefined) throw error;
    const taken = await client.untag(repository, tag, from, signal);
    if (taken === "last") throw error;
    return taken;
  }
}

/** Never leaves the placeholder under a tag that people pull. */
async function deletePlaceholder(
  writing: Writing,
  { repository, tag, from }: Taking,
  placeholder: Digest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { client } = writing;
  try {
    await client.deleteManifest(repository, placeholder, signal);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.retryable) throw error;
    const manifest = await client.manifest(repository, from, signal);
    if (manifest !== undefined) await replaceTagged(writing, { repository, tag, before: placeholder }, manifest, signal);
    throw error;
  }
}

/** The same for each try of one action, and for nothing else. An index of nothing needs no contents. */
export function placeholderOf(action: string, tag: Tag) {
  const annotations = { "dev.moorgate.removes": tag, "dev.moorgate.action": action };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations }));
  return { bytes, mediaType: OCI_INDEX, digest: digestOf(bytes) };
}

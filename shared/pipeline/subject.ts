import { type Digest, parseDigest } from "../domain/digest.ts";
import type { Tag } from "../domain/image-ref.ts";
import { type IndexManifest, isRunnable, type Manifest } from "../domain/manifest.ts";
import { type ImagePlace, readManifest } from "./gather.ts";

/**
 * What a pushed manifest is: an image to judge, or something attached to one (signature, report), whose subject has to be judged anew.
 * Decided by content, never by a tag or a `subject` alone.
 */
export type Classified = { readonly kind: "image" } | { readonly kind: "attachment"; readonly subjects: readonly Digest[] };

export async function classify(place: ImagePlace, manifest: Manifest, tag: Tag | undefined, signal?: AbortSignal): Promise<Classified> {
  const runnable = manifest.kind === "manifest" ? isRunnable(manifest) : await hasRunnableChild(place, manifest, signal);
  if (runnable) return { kind: "image" };
  const named = tag === undefined ? undefined : digestNamedBy(tag);
  const subjects = [manifest.subject?.digest, named].filter((digest) => digest !== undefined);
  return { kind: "attachment", subjects: [...new Set(subjects)] };
}

/**
 * The fallback list of referrers is an index too: it names attachments only. A child that is missing says nothing as long as an attachment is
 * there; should it be an image that comes later, its own push is judged.
 */
async function hasRunnableChild(place: ImagePlace, index: IndexManifest, signal?: AbortSignal): Promise<boolean> {
  let attachments = 0;
  for (const descriptor of index.manifests) {
    const child = await readManifest(place, descriptor.digest, signal);
    if (child !== undefined && isRunnable(child)) return true;
    if (child !== undefined) attachments += 1;
  }
  return attachments === 0 && index.manifests.length > 0;
}

/** Tags of the form `sha256-<hex>`, with `.sig`, `.att` or `.sbom` in the older form, name the digest that they belong to. */
export function digestNamedBy(tag: Tag): Digest | undefined {
  const [, algorithm, hex] = /^(sha256|sha512)-([0-9a-f]{64}|[0-9a-f]{128})(?:\.(?:sig|att|sbom))?$/.exec(tag) ?? [];
  if (algorithm === undefined || hex === undefined || (algorithm === "sha256") !== (hex.length === 64)) return undefined;
  return parseDigest(`${algorithm}:${hex}`);
}

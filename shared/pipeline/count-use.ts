import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { Repository } from "../domain/image-ref.ts";
import { isAttestationChild, isRunnable } from "../domain/manifest.ts";
import type { Instant } from "../domain/time.ts";
import type { Usage } from "../domain/usage.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { ImageSource } from "../ports/image-source.ts";
import type { CountedUse } from "../ports/registry-usage.ts";
import type { WatchedRegistry } from "./deps.ts";

const MOST_DEPTH = 4;

/** What a registry's product counts of an image, of an index by its platforms; `undefined` where it counts nothing. */
export async function countUse(
  { usage, registry }: Pick<WatchedRegistry, "usage" | "registry">,
  { key, children }: Pick<ImageRecord, "key" | "children">,
  now: Instant,
): Promise<Usage | undefined> {
  if (usage === undefined) return undefined;
  try {
    const digests = children.length === 0 ? [key.digest] : await platformsOf(registry, key.repository, key.digest);
    if (digests === undefined) return { kind: "unknown", why: `${usage.name} counts by platform, and not all of the index can be read` };
    return joined(usage.name, await Promise.all(digests.map((digest) => usage.of({ ...key, digest }))), now);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { kind: "unknown", why: `${usage.name} did not say what runs it: ${error.message}` };
  }
}

function joined(place: string, each: readonly CountedUse[], seenAt: Instant): Usage {
  const workloads = each.flatMap((use) => (use.kind === "running" ? use.workloads : []));
  if (workloads.length > 0) return { kind: "running", where: [{ place, seenAt, workloads, unmatched: [] }] };
  return each.find((use) => use.kind === "unknown") ?? { kind: "not-running", seenAt };
}

/** Digests that a runtime could run; `undefined`: one that may be among them cannot be read. */
async function platformsOf(source: ImageSource, repository: Repository, digest: Digest, depth = 0): Promise<readonly Digest[] | undefined> {
  const manifest = depth > MOST_DEPTH ? undefined : await source.manifest(repository, digest);
  if (manifest === undefined) return undefined;
  if (manifest.kind === "manifest") return isRunnable(manifest) ? [digest] : [];
  const children = manifest.manifests.filter((child) => !isAttestationChild(child));
  const found = await Promise.all(children.map((child) => platformsOf(source, repository, child.digest, depth + 1)));
  return found.every((digests) => digests !== undefined) ? [...new Set(found.flat())] : undefined;
}

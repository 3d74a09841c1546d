import type { Digest } from "../../domain/digest.ts";
import { keptTag } from "../../domain/held-tag.ts";
import type { Repository } from "../../domain/image-ref.ts";
import { type Descriptor, type Manifest, OCI_MANIFEST } from "../../domain/manifest.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { digestOf } from "../../oci/content.ts";
import { MANIFEST_BYTES, readManifest } from "../../oci/schema.ts";
import { type Act, presentIn, withRole } from "./act.ts";
import { unlessUnreadable } from "./unreadable.ts";

/** An artifact that holds manifests and image configurations as its layers: what the gate reads of an image that its registry serves to nobody. */
const ARTIFACT = "application/vnd.moorgate.held.v1";
const PART = "application/vnd.moorgate.held.part.v1";
/** Media type that a part has where it came from. */
const TYPE = "dev.moorgate.media-type";
const EMPTY = Buffer.from("{}");
/** Image configurations have a few kilobytes. */
const CONFIG_BYTES = 4 * 1024 * 1024;

interface Part {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export interface Keepsake {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/**
 * Keeps what can be read of the image and its children under the names of each; the same image gives the same bytes.
 * @returns what is kept now; `undefined` where nothing is, as the image could not be read any more
 */
export async function putKeepsake(act: Act): Promise<Keepsake | undefined> {
  const { client, action, quarantine, signal } = act;
  const standing = await keptOf(client, quarantine, action.image.digest, signal);
  if (standing !== undefined) return standing;
  const family = [...withRole(act.manifests, "subject"), ...withRole(act.manifests, "child")];
  const present = await presentIn(act, act.source);
  const parts = new Map<Digest, Part>();
  for (const { digest } of family.filter((one) => present.includes(one)))
    for (const part of await partsOf(act, digest)) parts.set(part.digest, part);
  if (!parts.has(action.image.digest)) return undefined;
  return store(act, [...parts.values()], family.map(({ digest }) => digest).toReversed());
}

async function partsOf({ client, source, signal }: Act, digest: Digest): Promise<readonly Part[]> {
  const manifest = await unlessUnreadable(client.manifest(source, digest, signal));
  if (manifest === undefined) return [];
  const own = { digest, bytes: manifest.bytes, mediaType: manifest.mediaType };
  if (manifest.kind === "index") return [own];
  const { config } = manifest;
  const bytes = await unlessUnreadable(client.blob(source, config, CONFIG_BYTES, signal));
  return bytes === undefined ? [own] : [own, { digest: config.digest, bytes, mediaType: config.mediaType }];
}

/** The subject's name comes last: it says that all is there. */
async function store({ client, quarantine, signal }: Act, parts: readonly Part[], names: readonly Digest[]): Promise<Keepsake> {
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(EMPTY), size: EMPTY.length };
  const layers = parts.map(({ digest, bytes, mediaType }) => ({
    mediaType: PART,
    digest,
    size: bytes.byteLength,
    annotations: { [TYPE]: mediaType },
  }));
  for (const part of [{ digest: config.digest, bytes: EMPTY }, ...parts]) {
    if (!(await client.hasBlob(quarantine, part.digest, signal)))
      await client.putBlob(quarantine, { digest: part.digest, size: part.bytes.byteLength }, part.bytes, signal);
  }
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType: ARTIFACT, config, layers }));
  for (const name of names) await client.putManifest(quarantine, bytes, OCI_MANIFEST, keptTag(name), signal);
  return { bytes, mediaType: OCI_MANIFEST };
}

/** A manifest of which a keepsake has the bytes. */
export async function readKept(
  client: RegistryClient,
  quarantine: Repository,
  digest: Digest,
  signal?: AbortSignal,
): Promise<Manifest | undefined> {
  const kept = await keptOf(client, quarantine, digest, signal);
  const part = kept?.layers.find((layer) => layer.digest === digest);
  if (part === undefined) return undefined;
  const bytes = await client.blob(quarantine, part, MANIFEST_BYTES, signal);
  return readManifest(bytes, part.annotations?.[TYPE], digest);
}

async function keptOf(
  client: RegistryClient,
  quarantine: Repository,
  digest: Digest,
  signal?: AbortSignal,
): Promise<(Keepsake & { readonly layers: readonly Descriptor[] }) | undefined> {
  const pointed = await client.resolve(quarantine, keptTag(digest), signal);
  const kept = pointed === undefined ? undefined : await client.manifest(quarantine, pointed, signal);
  return kept?.kind === "manifest" && kept.artifactType === ARTIFACT ? kept : undefined;
}

/** Takes away what was kept, with all its names. What another hold keeps of the same children is another artifact. */
export async function dropKeepsake({ client, action, quarantine, signal }: Act): Promise<void> {
  const kept = await keptOf(client, quarantine, action.image.digest, signal);
  if (kept !== undefined) await client.deleteManifest(quarantine, digestOf(kept.bytes), signal);
}

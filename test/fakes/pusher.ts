import { createHash } from "node:crypto";
import { type Digest, parseDigest } from "../../shared/domain/digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../shared/domain/manifest.ts";
import type { ServedRegistry } from "./served-registry.ts";

export const CONFIG = "application/vnd.oci.image.config.v1+json";
export const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

export interface Pushed extends Descriptor {
  readonly bytes: string;
}

export function digestOf(bytes: string | Uint8Array, algorithm: "sha256" | "sha512" = "sha256"): Digest {
  return parseDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`);
}

export function describeBytes(bytes: string | Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: Buffer.byteLength(bytes) };
}

export async function pushBlob(
  registry: ServedRegistry,
  repository: string,
  bytes: string | Uint8Array,
  mediaType = LAYER,
): Promise<Descriptor> {
  const descriptor = describeBytes(bytes, mediaType);
  const started = await registry.send("POST", `/v2/${repository}/blobs/uploads/?digest=${descriptor.digest}`, { body: bytes });
  await expectStatus(201, started.status === 202 ? finishUpload(registry, started, descriptor.digest, bytes) : Promise.resolve(started));
  return descriptor;
}

/** Distribution takes no content with the first request. */
async function finishUpload(registry: ServedRegistry, started: Response, digest: Digest, body: string | Uint8Array): Promise<Response> {
  const { pathname, searchParams } = new URL(started.headers.get("location") ?? "", started.url);
  searchParams.set("digest", digest);
  return registry.send("PUT", `${pathname}?${searchParams.toString()}`, { body, headers: { "content-type": "application/octet-stream" } });
}

export async function pushManifest(registry: ServedRegistry, repository: string, document: object, tag?: string): Promise<Pushed> {
  const bytes = JSON.stringify(document);
  const mediaType = "manifests" in document ? OCI_INDEX : OCI_MANIFEST;
  const digest = digestOf(bytes);
  const pushed = { mediaType, digest, size: Buffer.byteLength(bytes), bytes };
  await tagAs(registry, repository, pushed, tag ?? digest);
  return pushed;
}

/** Puts a manifest, as it is, where a tag or a digest says. */
export async function tagAs(registry: ServedRegistry, repository: string, { bytes, mediaType }: Pushed, reference: string): Promise<void> {
  const put = registry.send("PUT", `/v2/${repository}/manifests/${reference}`, { body: bytes, headers: { "content-type": mediaType } });
  await expectStatus(201, put);
}

/** An image of one layer with the text given; the same text gives the same digest. */
export async function pushImage(registry: ServedRegistry, repository: string, text: string, tag?: string): Promise<Pushed> {
  const config = await pushBlob(
    registry,
    repository,
    `{"os":"linux","architecture":"amd64","config":{"Labels":{"text":"${text}"}}}`,
    CONFIG,
  );
  const layer = await pushBlob(registry, repository, `layer of ${text}`);
  return pushManifest(registry, repository, { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] }, tag);
}

/** An image that could be run, and says that it refers to another. */
export async function pushClaimant(registry: ServedRegistry, repository: string, subject: Descriptor, tag: string): Promise<Pushed> {
  const config = await pushBlob(registry, repository, "{}", CONFIG);
  const layers = [await pushBlob(registry, repository, "layer of a claimant")];
  return pushManifest(registry, repository, { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers, subject }, tag);
}

export async function pushIndex(
  registry: ServedRegistry,
  repository: string,
  children: readonly Descriptor[],
  tag?: string,
): Promise<Pushed> {
  const manifests = children.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
  return pushManifest(registry, repository, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, tag);
}

/** A referrer as cosign, notation and oras make them: an artifact with a subject. */
export async function pushReferrer(
  registry: ServedRegistry,
  repository: string,
  subject: Descriptor,
  text: string,
  artifactType = "application/vnd.example.signature.v1",
): Promise<Pushed> {
  const config = await pushBlob(registry, repository, "{}", "application/vnd.oci.empty.v1+json");
  const layer = await pushBlob(registry, repository, text, "application/vnd.example.payload.v1");
  const { mediaType, digest, size } = subject;
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config,
    layers: [layer],
    subject: { mediaType, digest, size },
  };
  return pushManifest(registry, repository, document);
}

async function expectStatus(status: number, sending: Promise<Response>): Promise<void> {
  const response = await sending;
  if (response.status !== status) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
  await response.body?.cancel();
}

/** Writes the list of referrers under its fallback tag, as signing tools do where there is no referrers API. */
export async function pushReferrersList(
  registry: ServedRegistry,
  repository: string,
  subject: Descriptor,
  referrers: readonly Descriptor[],
): Promise<Pushed> {
  return pushIndex(registry, repository, referrers, subject.digest.replace(":", "-"));
}

/** An image with a signature, its list under the fallback tag, and one more under cosign's old tag. */
export async function pushSigned(registry: ServedRegistry, repository: string, text: string, tag: string) {
  const image = await pushImage(registry, repository, text, tag);
  const signature = await pushReferrer(registry, repository, image, `signature of ${text}`);
  const list = await pushReferrersList(registry, repository, image, [signature]);
  const config = await pushBlob(registry, repository, "{}");
  const document = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [], annotations: { for: text } };
  const legacy = await pushManifest(registry, repository, document, `${image.digest.replace(":", "-")}.sig`);
  return { image, signature, list, legacy };
}

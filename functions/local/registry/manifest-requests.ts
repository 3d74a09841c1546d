import { readFileSync } from "node:fs";
import { algorithmOf, type Digest } from "../../../shared/domain/digest.ts";
import { heldTag } from "../../../shared/domain/held-tag.ts";
import { isRepository, type Repository, type Tag } from "../../../shared/domain/image-ref.ts";
import { digestOfBytes, sizeOfBlob } from "./blob-store.ts";
import { notModified } from "./conditional.ts";
import type { Call, RegistryContext } from "./context.ts";
import { type ManifestFacts, readManifest } from "./manifest-reading.ts";
import { findManifest, readTagFile, removeManifest, removeTag, type StoredManifest, storeManifest } from "./manifest-store.ts";
import { tell } from "./notification.ts";
import { Refusal } from "./refusal.ts";
import { type Reference, readTag } from "./route.ts";

/** The least that distribution-spec asks registries to take. */
const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;

export async function answerManifest(
  context: RegistryContext,
  call: Call,
  repository: Repository,
  reference: Reference,
): Promise<Response> {
  switch (call.request.method) {
    case "GET":
    case "HEAD":
      return pullManifest(context, call, repository, reference);
    case "PUT":
      return pushManifest(context, call, repository, reference);
    case "DELETE":
      return deleteManifest(context, call, repository, reference);
    default:
      throw new Refusal(405, "UNSUPPORTED", "a manifest takes GET, HEAD, PUT and DELETE");
  }
}

async function pullManifest(context: RegistryContext, call: Call, repository: Repository, reference: Reference): Promise<Response> {
  const { layout } = context;
  const { request } = call;
  const manifest = findReferenced(layout, repository, reference);
  if (manifest === undefined) throw unknownManifest();
  refuseHeld(context, call, repository, manifest.digest);
  const { digest, mediaType, size } = manifest;
  const headers = { "content-type": mediaType, "docker-content-digest": digest, etag: `"${digest}"`, "content-length": String(size) };
  if (request.method === "HEAD") return new Response(null, { headers });
  if (notModified(request, digest)) return new Response(null, { status: 304, headers: { ...headers, "content-length": "0" } });
  const bytes = readFileSync(layout.content(digest));
  // Whoever looks after the quarantine asks again and again, and learns nothing of itself.
  if (call.actor === undefined || call.actor !== context.quarantine?.keeper) {
    const tag = reference.kind === "tag" ? { tag: reference.tag } : {};
    await tell(context, call, [{ action: "pull", repository, digest, mediaType, size, ...tag }]);
  }
  return new Response(bytes, { headers });
}

/**
 * What is held lies in quarantine under a name that tells its digest. Should its own repository have it as well, it was pushed again or is just being
 * put back: in neither case is it to be pulled yet.
 */
function refuseHeld({ layout, quarantine }: RegistryContext, { actor }: Call, repository: Repository, digest: Digest): void {
  if (quarantine === undefined || actor === quarantine.keeper) return;
  const [place, name] = [`${quarantine.folder}/${repository}`, heldTag(digest)];
  if (!isRepository(place) || name === undefined || readTagFile(layout, place, name) !== digest) return;
  throw new Refusal(403, "DENIED", "this image is held: it cannot be pulled until it is released");
}

async function pushManifest(context: RegistryContext, call: Call, repository: Repository, reference: Reference): Promise<Response> {
  const bytes = await readCapped(call.request);
  const digest = digestOfBytes(bytes, reference.kind === "digest" ? algorithmOf(reference.digest) : "sha256");
  if (reference.kind === "digest" && reference.digest !== digest)
    throw new Refusal(400, "DIGEST_INVALID", "the manifest has another digest");
  const facts = readManifest(bytes, call.request.headers.get("content-type"));
  const tags = reference.kind === "tag" ? [reference.tag] : call.url.searchParams.getAll("tag").map(readTag);
  await context.locks.run(repository, async () => {
    refuseMissing(context, repository, facts);
    await storeManifest(context.layout, repository, { digest, bytes, facts }, tags);
  });
  await tellPush(context, call, repository, { digest, mediaType: facts.mediaType, size: bytes.length }, tags);
  const headers = new Headers({ location: `/v2/${repository}/manifests/${digest}`, "docker-content-digest": digest });
  if (facts.subject !== undefined) headers.set("oci-subject", facts.subject);
  if (reference.kind === "digest") for (const tag of tags) headers.append("oci-tag", tag);
  return new Response(null, { status: 201, headers });
}

async function deleteManifest(context: RegistryContext, call: Call, repository: Repository, reference: Reference): Promise<Response> {
  const { layout, locks } = context;
  const removed = await locks.run(repository, () =>
    reference.kind === "tag" ? removeTag(layout, repository, reference.tag) : removeManifest(layout, repository, reference.digest),
  );
  if (!removed) throw unknownManifest();
  const named = reference.kind === "tag" ? { tag: reference.tag } : { digest: reference.digest };
  await tell(context, call, [{ action: "delete", repository, ...named }]);
  return new Response(null, { status: 202 });
}

/** One event; where several tags were given at once, one for each, for an event has room for one. */
async function tellPush(
  context: RegistryContext,
  call: Call,
  repository: Repository,
  manifest: StoredManifest,
  tags: readonly Tag[],
): Promise<void> {
  const push = { action: "push", repository, ...manifest } as const;
  await tell(context, call, tags.length === 0 ? [push] : tags.map((tag) => ({ ...push, tag })));
}

function findReferenced(layout: RegistryContext["layout"], repository: Repository, reference: Reference): StoredManifest | undefined {
  const digest = reference.kind === "digest" ? reference.digest : readTagFile(layout, repository, reference.tag);
  return digest === undefined ? undefined : findManifest(layout, repository, digest);
}

/** All that is missing is named at once, so that a client can send it without trying again and again. */
function refuseMissing({ layout }: RegistryContext, repository: Repository, facts: ManifestFacts): void {
  const hasBlob = (digest: Digest): boolean => sizeOfBlob(layout, repository, digest) !== undefined;
  const hasChild = (digest: Digest): boolean => findManifest(layout, repository, digest) !== undefined || hasBlob(digest);
  const missing = [...facts.blobs.filter((digest) => !hasBlob(digest)), ...facts.children.filter((digest) => !hasChild(digest))];
  if (missing.length > 0) throw new Refusal(400, "MANIFEST_BLOB_UNKNOWN", "the manifest names content that is not here", { missing });
}

async function readCapped(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = Number(request.headers.get("content-length") ?? 0);
  if (length > MANIFEST_LIMIT_BYTES) throw tooLarge();
  length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > MANIFEST_LIMIT_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): Refusal {
  return new Refusal(413, "MANIFEST_INVALID", `a manifest has at most ${MANIFEST_LIMIT_BYTES} bytes`);
}

function unknownManifest(): Refusal {
  return new Refusal(404, "MANIFEST_UNKNOWN", "this repository does not have the manifest");
}

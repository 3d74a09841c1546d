import { algorithmOf, type Digest, isDigest } from "../domain/digest.ts";
import type { Repository, Tag } from "../domain/image-ref.ts";
import { MANIFEST_TYPES, type Manifest } from "../domain/manifest.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { HttpAnswer } from "../runtime/http.ts";
import { digestOf } from "./content.ts";
import { malformed } from "./document.ts";
import { MANIFEST_BYTES, readManifest } from "./schema.ts";
import { deleteFrom, pullFrom, pushTo } from "./scope.ts";
import { type Call, proveAbsence, type Transport } from "./transport.ts";

/** All four, always: distribution answers 404 for a manifest whose type is not asked for, and it looks deleted (recorded on 2.8.2 and 3.1.2). */
const ACCEPT = { accept: MANIFEST_TYPES.join(", ") };

export interface ManifestHead {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Where the registry gives one: to write only if nobody else has meanwhile. */
  readonly etag?: string;
}

/** The manifest that a tag or digest names; undefined where the registry says that there is none. */
export async function getManifest(
  transport: Transport,
  repository: Repository,
  reference: Tag | Digest,
  signal?: AbortSignal,
): Promise<Manifest | undefined> {
  const answer = await read(transport, "GET", repository, reference, signal);
  if (answer === undefined) return undefined;
  return readManifest(answer.body, answer.headers.get("content-type") ?? undefined, digestIn(answer, reference));
}

/** As `getManifest`, by HEAD, which counts as no pull at most registries. Some leave the digest out of it; those are read whole. */
export async function headManifest(
  transport: Transport,
  repository: Repository,
  reference: Tag | Digest,
  signal?: AbortSignal,
): Promise<ManifestHead | undefined> {
  const answer = await read(transport, "HEAD", repository, reference, signal);
  if (answer === undefined) return undefined;
  const announced = answer.headers.get("docker-content-digest") ?? "";
  if (isDigest(reference) && announced !== "" && announced !== reference) {
    throw malformed(`manifest of ${repository}`, `the registry names another digest than ${reference}`);
  }
  const etag = answer.headers.get("etag");
  if (isDigest(announced))
    return { digest: announced, mediaType: answer.headers.get("content-type") ?? "", ...(etag === null ? {} : { etag }) };
  const manifest = await getManifest(transport, repository, reference, signal);
  return manifest === undefined ? undefined : { digest: manifest.digest, mediaType: manifest.mediaType };
}

/**
 * Stores bytes as they are. May be repeated.
 * @param ifMatch stores them only where the tag's manifest still has this ETag; many registries do not look at it
 * @returns the digest under which they lie
 * @throws AdapterError conflict or refused where another manifest stands there, or the tag may not be moved
 */
export async function putManifest(
  transport: Transport,
  repository: Repository,
  bytes: Uint8Array,
  mediaType: string,
  reference: Tag | Digest,
  signal?: AbortSignal,
  ifMatch?: string,
): Promise<Digest> {
  const answer = await transport.call({
    ...manifestCall(transport, "PUT", repository, reference, signal),
    scopes: [pushTo(repository)],
    headers: { "content-type": mediaType, ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) },
    body: bytes,
    answers: [200, 201],
  });
  const stored = isDigest(reference) ? digestOf(bytes, algorithmOf(reference)) : digestIn(answer, reference, bytes);
  if (stored !== digestOf(bytes, algorithmOf(stored)) || (isDigest(reference) && stored !== reference)) {
    throw malformed(`manifest of ${repository}`, "the registry stored it under another digest than its bytes have");
  }
  return stored;
}

/** What became of a deletion. `absent`: it was gone already, which is as good. */
export type Deleted = "deleted" | "absent";

/** Deletes a manifest with all its tags. @throws AdapterError unsupported where deletion is off, conflict where the registry protects it */
export async function deleteManifest(transport: Transport, repository: Repository, digest: Digest, signal?: AbortSignal): Promise<Deleted> {
  return remove(transport, repository, digest, [], signal);
}

/** Removes a tag and leaves its manifest. @throws AdapterError unsupported: many registries cannot (Harbor, distribution 2: 400; GHCR: 405) */
export async function deleteTag(transport: Transport, repository: Repository, tag: Tag, signal?: AbortSignal): Promise<Deleted> {
  return remove(transport, repository, tag, [400], signal);
}

async function remove(
  transport: Transport,
  repository: Repository,
  reference: Tag | Digest,
  unsupported: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Deleted> {
  const call = manifestCall(transport, "DELETE", repository, reference, signal);
  const answer = await transport.call({ ...call, scopes: [deleteFrom(repository)], answers: [200, 202, 204, 404, ...unsupported] });
  if (unsupported.includes(answer.status)) throw new AdapterError("unsupported", `DELETE ${call.what}: this registry deletes no tags`);
  if (answer.status !== 404) return "deleted";
  await proveAbsence(transport, call, answer);
  return "absent";
}

async function read(
  transport: Transport,
  method: "GET" | "HEAD",
  repository: Repository,
  reference: Tag | Digest,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer | undefined> {
  const call = manifestCall(transport, method, repository, reference, signal);
  const answer = await transport.call({ ...call, headers: ACCEPT, maxBytes: MANIFEST_BYTES, answers: [200, 404] });
  if (answer.status === 200) return answer;
  await proveAbsence(transport, call, answer);
  return undefined;
}

function manifestCall(
  transport: Transport,
  method: Call["method"],
  repository: Repository,
  reference: Tag | Digest,
  signal: AbortSignal | undefined,
) {
  const url = new URL(`/v2/${repository}/manifests/${reference}`, transport.origin);
  return {
    method,
    url,
    scopes: [pullFrom(repository)],
    what: `manifest ${reference} of ${repository}`,
    answers: [],
    signal,
  } satisfies Call;
}

/** The digest asked for, else the one that the registry names, else that of the bytes. The reader then checks it against the bytes. */
function digestIn({ headers, body }: HttpAnswer, reference: Tag | Digest, bytes: Uint8Array = body): Digest {
  if (isDigest(reference)) return reference;
  const announced = headers.get("docker-content-digest") ?? "";
  return isDigest(announced) ? announced : digestOf(bytes);
}

import type { Digest } from "../domain/digest.ts";
import type { Repository } from "../domain/image-ref.ts";
import type { Descriptor } from "../domain/manifest.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { HttpAnswer } from "../runtime/http.ts";
import { checkDigest, checkedContent, checkSize } from "./content.ts";
import { malformed } from "./document.ts";
import { resolveOnOrigin } from "./link.ts";
import { pullFrom, pushTo } from "./scope.ts";
import type { Call, Transport } from "./transport.ts";

/** What names a content and its length. */
export type Content = Pick<Descriptor, "digest" | "size">;

// Registries keep blobs in other places: storage behind a signed address, sometimes behind one more hop.
const REDIRECTS = 5;
const LAYER_TIMEOUT_MS = 30 * 60_000;

/** Whole content, checked. @throws AdapterError too-large (before it is asked for), not-found, malformed */
export async function getBlob(
  transport: Transport,
  repository: Repository,
  content: Content,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const what = `blob ${content.digest} of ${repository}`;
  if (content.size > limit) throw new AdapterError("too-large", `${what}: ${content.size} bytes, at most ${limit} are read`);
  const { body } = await transport.call(readCall(transport, repository, content, what, signal));
  checkSize(body, content.size, what);
  checkDigest(body, content.digest, what);
  return body;
}

/** A content of any length. The digest is known to be right only when the loop over it ends without an error. */
export async function* streamBlob(
  transport: Transport,
  repository: Repository,
  content: Content,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const what = `blob ${content.digest} of ${repository}`;
  const { body } = await transport.open({ ...readCall(transport, repository, content, what, signal), timeoutMs: LAYER_TIMEOUT_MS });
  yield* checkedContent(body, content, what);
}

export async function hasBlob(transport: Transport, repository: Repository, digest: Digest, signal?: AbortSignal): Promise<boolean> {
  const url = blobUrl(transport, repository, digest);
  const what = `blob ${digest} of ${repository}`;
  const scopes = [pullFrom(repository)];
  const answer = await transport.call({ method: "HEAD", url, scopes, what, redirects: REDIRECTS, answers: [200, 404], signal });
  return answer.status === 200;
}

/**
 * Makes a blob of one repository part of another without moving bytes.
 * @returns false where the registry did not, and the content must be uploaded
 */
export async function mountBlob(
  transport: Transport,
  from: Repository,
  to: Repository,
  digest: Digest,
  signal?: AbortSignal,
): Promise<boolean> {
  const url = uploadsUrl(transport, to);
  url.searchParams.set("mount", digest);
  url.searchParams.set("from", from);
  const call = {
    method: "POST",
    url,
    scopes: [pullFrom(from), pushTo(to)],
    what: `mount of ${digest} into ${to}`,
    answers: [201, 202],
    signal,
  } as const;
  const answer = await transport.call(call);
  if (answer.status === 201) return true;
  await cancelUpload(transport, to, answer, signal);
  return false;
}

/**
 * Uploads a content in one piece (distribution-spec end-4a, end-6). A try that failed starts a new upload, so a stream is opened anew for
 * each.
 */
export async function putBlob(
  transport: Transport,
  repository: Repository,
  { digest, size }: Content,
  content: Uint8Array | (() => AsyncIterable<Uint8Array>),
  signal?: AbortSignal,
): Promise<void> {
  const what = `blob ${digest} of ${repository}`;
  const scopes = [pushTo(repository)];
  const started = await transport.call({ method: "POST", url: uploadsUrl(transport, repository), scopes, what, answers: [202], signal });
  const url = locationOf(started, what);
  url.searchParams.set("digest", digest);
  const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
  const put = {
    method: "PUT",
    url,
    scopes,
    what,
    headers,
    body: content,
    answers: [201, 204],
    timeoutMs: LAYER_TIMEOUT_MS,
    once: true,
  } as const;
  try {
    await transport.call({ ...put, signal });
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "not-found") throw error;
    // A put whose answer was lost on its way is sent once more by the connection, and the upload has ended by then.
    if (await hasBlob(transport, repository, digest, signal)) return;
    throw new AdapterError("conflict", `${error.message}: the upload ended before its content came`, { cause: error, retryable: true });
  }
}

function readCall(
  transport: Transport,
  repository: Repository,
  { digest, size }: Content,
  what: string,
  signal: AbortSignal | undefined,
): Call {
  const url = blobUrl(transport, repository, digest);
  return { method: "GET", url, scopes: [pullFrom(repository)], what, redirects: REDIRECTS, maxBytes: size, answers: [200], signal };
}

/** An upload that nobody continues costs the registry space until it cleans up; whether it thanks us does not matter. */
async function cancelUpload(
  transport: Transport,
  repository: Repository,
  started: HttpAnswer,
  signal: AbortSignal | undefined,
): Promise<void> {
  const what = `upload in ${repository}`;
  try {
    const url = locationOf(started, what);
    await transport.call({ method: "DELETE", url, scopes: [pushTo(repository)], what, answers: [202, 204, 404], once: true, signal });
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
  }
}

function locationOf({ headers, url }: HttpAnswer, what: string): URL {
  const location = headers.get("location");
  if (location === null) throw malformed(what, "the registry names no place to upload to");
  return resolveOnOrigin(location, url);
}

function blobUrl({ origin }: Transport, repository: Repository, digest: Digest): URL {
  return new URL(`/v2/${repository}/blobs/${digest}`, origin);
}

function uploadsUrl({ origin }: Transport, repository: Repository): URL {
  return new URL(`/v2/${repository}/blobs/uploads/`, origin);
}

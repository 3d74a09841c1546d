import { algorithmOf, type Digest, type DigestAlgorithm } from "../../../shared/domain/digest.ts";
import type { Repository } from "../../../shared/domain/image-ref.ts";
import { linkBlob, sizeOfBlob } from "./blob-store.ts";
import { readContentRange } from "./byte-range.ts";
import { type Call, isAllowed, type RegistryContext } from "./context.ts";
import { Refusal } from "./refusal.ts";
import { readDigest, readRepository } from "./route.ts";
import { appendToUpload, beginUpload, dropUpload, finishUpload, hashWith, type Upload } from "./upload-store.ts";

/** `POST /v2/<name>/blobs/uploads/`: a mount, a whole blob, or a session to send it in. */
export async function startUpload(context: RegistryContext, call: Call, repository: Repository): Promise<Response> {
  if (call.request.method !== "POST") throw new Refusal(405, "UNSUPPORTED", "uploads begin with POST");
  const query = call.url.searchParams;
  const mounted = await mountBlob(context, call, repository);
  if (mounted !== undefined) return mounted;
  const digest = readOptionalDigest(query.get("digest"));
  const algorithm = digest === undefined ? readAlgorithm(query.get("digest-algorithm")) : algorithmOf(digest);
  const upload = await beginUpload(context.layout, context.uploads, repository, algorithm, Date.now());
  if (digest === undefined) return answerProgress(upload, 202);
  try {
    return await exclusively(upload, () => closeUpload(context, call, upload, digest));
  } finally {
    // Nobody was told of the session, so nobody could go on with it.
    await dropUpload(context.uploads, upload);
  }
}

/** The requests to a session: GET asks how far it is, PATCH adds, PUT closes, DELETE gives it up. */
export async function continueUpload(context: RegistryContext, call: Call, repository: Repository, session: string): Promise<Response> {
  const upload = context.uploads.get(session);
  if (upload === undefined || upload.repository !== repository) throw new Refusal(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
  switch (call.request.method) {
    case "GET":
      return answerProgress(upload, 204);
    case "PATCH":
      await exclusively(upload, () => takeChunk(call, upload));
      return answerProgress(upload, 202);
    case "PUT": {
      const digest = readDigest(call.url.searchParams.get("digest") ?? "");
      return exclusively(upload, () => closeUpload(context, call, upload, digest));
    }
    case "DELETE":
      await exclusively(upload, () => dropUpload(context.uploads, upload));
      return new Response(null, { status: 204 });
    default:
      throw new Refusal(405, "UNSUPPORTED", "an upload takes GET, PATCH, PUT and DELETE");
  }
}

async function exclusively<T>(upload: Upload, work: () => Promise<T>): Promise<T> {
  if (upload.busy) throw new Refusal(409, "BLOB_UPLOAD_INVALID", "another request writes to this upload");
  upload.busy = true;
  try {
    return await work();
  } finally {
    upload.busy = false;
  }
}

/** Only from a repository that is named and that the asker may read: a digest alone is no proof of having the content. */
async function mountBlob(context: RegistryContext, call: Call, repository: Repository): Promise<Response | undefined> {
  const [mount, from] = [call.url.searchParams.get("mount"), call.url.searchParams.get("from")];
  if (mount === null) return undefined;
  const digest = readDigest(mount);
  if (from === null || from === "") return undefined;
  const source = readRepository(from);
  const allowed = context.access({ method: "GET", repository: source, ...(call.credentials && { credentials: call.credentials }) });
  if (!isAllowed(allowed) || sizeOfBlob(context.layout, source, digest) === undefined) return undefined;
  await linkBlob(context.layout, repository, digest);
  return answerCreated(repository, digest);
}

async function closeUpload(context: RegistryContext, call: Call, upload: Upload, digest: Digest): Promise<Response> {
  hashWith(upload, algorithmOf(digest));
  await takeChunk(call, upload);
  if (!(await finishUpload(context.layout, context.uploads, upload, digest))) {
    throw new Refusal(400, "DIGEST_INVALID", "the bytes that arrived have another digest");
  }
  return answerCreated(upload.repository, digest);
}

async function takeChunk({ request }: Call, upload: Upload): Promise<void> {
  const range = readContentRange(request.headers);
  if (range !== undefined && range[0] !== upload.size) {
    throw new Refusal(416, "BLOB_UPLOAD_INVALID", `the next byte is ${upload.size}`, { headers: progressOf(upload) });
  }
  const length = request.headers.get("content-length");
  if (range !== undefined && length !== null && Number(length) !== range[1] + 1 - range[0]) {
    throw new Refusal(400, "SIZE_INVALID", "Content-Length is not the length of Content-Range");
  }
  if (request.body !== null) await appendToUpload(upload, request.body, Date.now());
}

function answerProgress(upload: Upload, status: number): Response {
  return new Response(null, { status, headers: progressOf(upload) });
}

function progressOf(upload: Upload): Record<string, string> {
  return {
    location: `/v2/${upload.repository}/blobs/uploads/${upload.id}`,
    range: `0-${Math.max(0, upload.size - 1)}`,
    "docker-upload-uuid": upload.id,
  };
}

function answerCreated(repository: Repository, digest: Digest): Response {
  return new Response(null, { status: 201, headers: { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest } });
}

function readOptionalDigest(text: string | null): Digest | undefined {
  return text === null ? undefined : readDigest(text);
}

function readAlgorithm(text: string | null): DigestAlgorithm {
  if (text === null || text === "sha256") return "sha256";
  if (text === "sha512") return "sha512";
  throw new Refusal(400, "DIGEST_INVALID", "known algorithms are sha256 and sha512");
}

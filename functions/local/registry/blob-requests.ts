import type { Digest } from "../../../shared/domain/digest.ts";
import type { Repository } from "../../../shared/domain/image-ref.ts";
import { openContent, sizeOfBlob, streamContent, unlinkBlob } from "./blob-store.ts";
import { readRange } from "./byte-range.ts";
import { notModified } from "./conditional.ts";
import type { Call, RegistryContext } from "./context.ts";
import { Refusal } from "./refusal.ts";

export async function answerBlob(context: RegistryContext, call: Call, repository: Repository, digest: Digest): Promise<Response> {
  switch (call.request.method) {
    case "GET":
    case "HEAD":
      return readBlob(context, call, repository, digest);
    case "DELETE":
      if (!(await unlinkBlob(context.layout, repository, digest))) throw unknownBlob();
      return new Response(null, { status: 202 });
    default:
      throw new Refusal(405, "UNSUPPORTED", "a blob can be read and deleted; it is written as an upload");
  }
}

async function readBlob({ layout }: RegistryContext, { request }: Call, repository: Repository, digest: Digest): Promise<Response> {
  const size = sizeOfBlob(layout, repository, digest);
  if (size === undefined) throw unknownBlob();
  const headers = {
    "content-type": "application/octet-stream",
    "docker-content-digest": digest,
    etag: `"${digest}"`,
    "accept-ranges": "bytes",
  };
  if (notModified(request, digest)) return new Response(null, { status: 304, headers });
  const range = readRange(request.headers, size, `"${digest}"`);
  const [first, last] = range === "whole" ? [0, size - 1] : range;
  const lengths = {
    "content-length": String(last + 1 - first),
    ...(range === "whole" ? {} : { "content-range": `bytes ${first}-${last}/${size}` }),
  };
  const status = range === "whole" ? 200 : 206;
  if (request.method === "HEAD" || size === 0) return new Response(null, { status, headers: { ...headers, ...lengths } });
  const handle = await openContent(layout, digest);
  if (handle === undefined) throw unknownBlob();
  return new Response(streamContent(handle, first, last), { status, headers: { ...headers, ...lengths } });
}

function unknownBlob(): Refusal {
  return new Refusal(404, "BLOB_UNKNOWN", "this repository does not have the blob");
}

import { readFile, stat } from "node:fs/promises";
import type { Duration } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { request } from "../runtime/http.ts";

/** Where a feed is read. */
export type FeedLocation =
  | { readonly kind: "file"; readonly path: string }
  /** `isInternal`: a mirror inside of the own network, or on this machine. */
  | { readonly kind: "url"; readonly url: URL; readonly isInternal: boolean };

export interface FeedSetting {
  readonly location: FeedLocation;
  readonly every: Duration;
}

const MOST_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
const REDIRECTS = 3;

/** Names the line of snapshots; an address may carry a key in its query, and a digest of it would do as well. */
export function sourceOf(location: FeedLocation): string {
  return location.kind === "file" ? `file ${location.path}` : `url ${location.url.origin}${location.url.pathname}`;
}

/**
 * The feed's bytes as they are now. Redirects are followed in the public internet alone, each checked anew; a mirror inside has to answer
 * itself.
 * @throws AdapterError
 */
export async function readFeedBytes(location: FeedLocation, signal?: AbortSignal): Promise<Uint8Array> {
  return location.kind === "file" ? readFrom(location.path) : download(location.url, location.isInternal, signal);
}

async function download(url: URL, isInternal: boolean, signal?: AbortSignal): Promise<Uint8Array> {
  const { status, body } = await request({
    url,
    headers: { accept: "*/*", "user-agent": "moorgate" },
    timeoutMs: TIMEOUT_MS,
    maxBytes: MOST_BYTES,
    signal,
    ...(isInternal ? {} : { publicOnly: true, redirects: REDIRECTS }),
  });
  if (status === 200) return body;
  throw new AdapterError(status >= 500 ? "unreachable" : "not-found", `${url.host}: answered ${status}`, {
    mend: "open the address in a browser; give the one that answers with the feed itself",
  });
}

async function readFrom(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    // A device or a pipe has no size and no end.
    if (!found.isFile()) throw new AdapterError("refused", `${path}: is no file`, { mend: "give the path of the feed's file" });
    const { size } = found;
    if (size > MOST_BYTES) throw new AdapterError("too-large", `${path}: ${size} bytes, at most ${MOST_BYTES} are read`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof AdapterError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new AdapterError("not-found", `${path}: the feed cannot be read (${code})`, {
      mend: "give the path of a file that this user may read",
    });
  }
}

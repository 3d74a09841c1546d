import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fetcher } from "tuf-js";
import { AdapterError } from "../ports/adapter-error.ts";
import { request } from "../runtime/http.ts";
import { readJson } from "../runtime/json.ts";
import type { Mirror } from "./mirror.ts";

const TIMEOUT_MS = 30_000;
/** No metadata and no trusted root is larger, whatever length the metadata before it announces. */
const MOST_BYTES = 5_000_000;
const MAX_DEPTH = 32;
const HOW_TO_REACH = "use an https address; where the mirror is in the own network or on this machine, write internal: true";
const MEND = "open the address in a browser, with /timestamp.json behind it; give the one that answers with the metadata itself";
const NEXT_ROOT = /\/\d+\.root\.json$/;

/** Reads from one mirror and nowhere else: no redirect is followed. */
export interface MirrorFetcher extends Fetcher {
  /** The first fault of the mirror itself; absent as long as whatever it sent was at least well formed. */
  fault(): AdapterError | undefined;
}

export function openFetcher({ isInternal }: Mirror, scratch: string, signal: AbortSignal): MirrorFetcher {
  let fault: AdapterError | undefined;
  // The client makes texts of what is thrown here.
  const noted = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AdapterError)
        fault ??= new AdapterError(error.code, error.message, { mend: error.code === "refused" ? HOW_TO_REACH : MEND });
      throw error;
    }
  };
  const read = (url: string, maxLength: number): Promise<Buffer> =>
    download(new URL(url), isInternal, Math.min(maxLength, MOST_BYTES), signal);
  return {
    fault: () => fault,
    downloadBytes: (url, maxLength) =>
      noted(async () => {
        const bytes = await read(url, maxLength);
        // Our reader refuses what two readers could take for two different texts.
        readJson(bytes, { maxBytes: MOST_BYTES, maxDepth: MAX_DEPTH, place: new URL(url).host });
        return bytes;
      }),
    downloadFile: async (url, maxLength, handle) => {
      const bytes = await noted(() => read(url, maxLength));
      const file = join(scratch, `download-${randomUUID()}`);
      writeFileSync(file, bytes);
      try {
        return await handle(file);
      } finally {
        rmSync(file);
      }
    },
  };
}

async function download(url: URL, isInternal: boolean, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const { status, body } = await request({
    url,
    headers: { accept: "*/*", "user-agent": "moorgate" },
    timeoutMs: TIMEOUT_MS,
    maxBytes,
    signal,
    ...(isInternal ? {} : { publicOnly: true }),
  });
  if (status === 200) return Buffer.from(body);
  if ([403, 404].includes(status) && NEXT_ROOT.test(url.pathname)) throw await noSuchRoot(status);
  throw new AdapterError(status >= 500 ? "unreachable" : "not-found", `${url.host}: answered ${status}`);
}

/** The form in which the client learns that it has the newest root. */
async function noSuchRoot(statusCode: number): Promise<Error> {
  const { DownloadHTTPError } = await import("tuf-js/dist/error.js");
  return new DownloadHTTPError("no such root", statusCode);
}

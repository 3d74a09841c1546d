import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { type Loopback, onLoopback } from "./loopback.ts";

export interface Heard {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RawServer extends Loopback {
  /** Requests in the order they came. */
  readonly heard: readonly Heard[];
}

/** An HTTP server on a free loopback port whose handler may do what no well-behaved one does: stall, lie about lengths, hang up. */
export async function serveRaw(handle: (request: Heard, response: ServerResponse) => void): Promise<RawServer> {
  const heard: Heard[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request = {
        method: incoming.method ?? "",
        path: incoming.url ?? "",
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      };
      heard.push(request);
      handle(request, response);
    });
  });
  return { ...(await onLoopback(server)), heard };
}

export function answer(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  body: string | Uint8Array = "",
): void {
  response.writeHead(status, headers).end(body);
}

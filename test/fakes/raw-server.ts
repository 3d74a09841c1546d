import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Heard {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RawServer {
  readonly host: string;
  /** Requests in the order they came. */
  readonly heard: readonly Heard[];
  close(): Promise<void>;
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
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answer(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  body: string | Uint8Array = "",
): void {
  response.writeHead(status, headers).end(body);
}

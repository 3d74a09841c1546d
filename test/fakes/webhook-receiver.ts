import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";
import * as z from "zod";
import { onLoopback } from "./loopback.ts";

const BUNDLE = z.object({
  events: z.array(z.looseObject({ metadata: z.looseObject({ uid: z.string() }) })),
  start_time: z.number(),
  end_time: z.number(),
  count: z.number(),
});

/** One request as it arrived, with what the reference library said of its signature. */
export interface Received {
  readonly id: string;
  readonly uids: readonly string[];
  readonly bytes: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly verified: boolean;
}

/** How the receiver answers: a status with headers, no answer at all, or the connection cut after the request was taken. */
export type Reply =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | "hang"
  | "reset";

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** A SIEM's webhook on a free loopback port. `answer` is pure: the request and how many came before it give the reply. */
export async function serveReceiver(secret: string, answer: (request: Received, before: number) => Reply): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void readRequest(request, secret).then((each) => {
      received.push(each);
      reply(request, response, answer(each, received.length - 1));
    });
  });
  const { host, close } = await onLoopback(server);
  return { url: `http://${host}/hook`, received, close };
}

async function readRequest(request: IncomingMessage, secret: string): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks).toString();
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const { events } = BUNDLE.parse(JSON.parse(body));
  return {
    id: headers["webhook-id"] ?? "",
    uids: events.map(({ metadata }) => metadata.uid),
    bytes: Buffer.byteLength(body),
    headers,
    body,
    verified: isVerified(secret, body, headers),
  };
}

function isVerified(secret: string, body: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

function reply(request: IncomingMessage, response: ServerResponse, how: Reply): void {
  if (how === "hang") return;
  if (how === "reset") {
    request.socket.resetAndDestroy();
    return;
  }
  response.writeHead(how.status, how.headers ?? {}).end(how.body ?? "");
}

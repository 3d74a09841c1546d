import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import * as z from "zod";

export interface Siem {
  readonly url: string;
  readonly secret: string;
  /** How often each event arrived and was kept, by its id. */
  readonly kept: ReadonlyMap<string, number>;
  /** What became of the requests. `forged`: what the reference library does not believe. */
  readonly counts: Readonly<Record<Reply, number>> & { readonly requests: number; readonly forged: number };
  stop(): Promise<void>;
}

/**
 * `slowed`: 429, to come again in a second. `refused`: 503. `broken`: 500. Nothing is kept of these. `lost`: it is kept, and nobody hears of it.
 * `hung`: it is kept, and whoever sent it waits in vain.
 */
export type Reply = "taken" | "slowed" | "refused" | "broken" | "lost" | "hung";

const BUNDLE = z.object({ events: z.array(z.looseObject({ metadata: z.looseObject({ uid: z.string() }) })) });
const STATUSES: Readonly<Record<"taken" | "slowed" | "refused" | "broken", number>> = {
  taken: 204,
  slowed: 429,
  refused: 503,
  broken: 500,
};

/** A receiving SIEM: it believes what the reference library verifies, and remembers the ids alone. */
export async function serveSiem(answer: () => Reply): Promise<Siem> {
  const secret = `whsec_${Buffer.from("a secret of thirty-two bytes ...").toString("base64")}`;
  const webhook = new Webhook(secret);
  const kept = new Map<string, number>();
  const counts = { requests: 0, forged: 0, taken: 0, slowed: 0, refused: 0, broken: 0, lost: 0, hung: 0 };
  async function take(request: IncomingMessage): Promise<Reply> {
    const body = await textOf(request);
    counts.requests += 1;
    const reply = answer();
    counts[reply] += 1;
    if (reply === "slowed" || reply === "refused" || reply === "broken") return reply;
    try {
      const { events } = BUNDLE.parse(webhook.verify(body, headersOf(request)));
      for (const { metadata } of events) kept.set(metadata.uid, (kept.get(metadata.uid) ?? 0) + 1);
    } catch {
      counts.forged += 1;
    }
    return reply;
  }
  const server = createServer((request, response) => {
    take(request).then(
      (reply) => give(reply, request, response),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    secret,
    kept,
    counts,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function give(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  if (reply === "hung") return;
  if (reply === "lost") request.socket.resetAndDestroy();
  else response.writeHead(STATUSES[reply], reply === "slowed" ? { "retry-after": "1" } : {}).end();
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

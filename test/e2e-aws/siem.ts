import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import * as z from "zod";

export interface Siem {
  readonly url: string;
  readonly secret: string;
  /** How often each event arrived and was kept, by its id. */
  readonly kept: ReadonlyMap<string, number>;
  readonly counts: { requests: number; refused: number; lost: number; forged: number };
  stop(): Promise<void>;
}

/** `refused`: 503, and nothing is kept. `lost`: it is kept, and nobody hears of it. */
export type Reply = "taken" | "refused" | "lost";

const BUNDLE = z.object({ events: z.array(z.looseObject({ metadata: z.looseObject({ uid: z.string() }) })) });

/** A receiving SIEM: it believes what the reference library verifies, and remembers the ids alone. */
export async function serveSiem(answer: () => Reply): Promise<Siem> {
  const secret = `whsec_${Buffer.from("a secret of thirty-two bytes ...").toString("base64")}`;
  const webhook = new Webhook(secret);
  const kept = new Map<string, number>();
  const counts = { requests: 0, refused: 0, lost: 0, forged: 0 };
  async function take(request: IncomingMessage): Promise<Reply> {
    const body = await textOf(request);
    counts.requests += 1;
    const reply = answer();
    if (reply === "refused") {
      counts.refused += 1;
      return reply;
    }
    try {
      const { events } = BUNDLE.parse(webhook.verify(body, headersOf(request)));
      for (const { metadata } of events) kept.set(metadata.uid, (kept.get(metadata.uid) ?? 0) + 1);
    } catch {
      counts.forged += 1;
    }
    if (reply === "lost") counts.lost += 1;
    return reply;
  }
  const server = createServer((request, response) => {
    take(request).then(
      (reply) => (reply === "lost" ? request.socket.resetAndDestroy() : response.writeHead(reply === "taken" ? 204 : 503).end()),
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

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

import { createServer, type IncomingMessage, type Server } from "node:http";
import { gunzipSync } from "node:zlib";
import { Webhook } from "standardwebhooks";

export interface OcsfEvent {
  readonly class_uid: number;
  readonly class_name: string;
  readonly metadata: {
    readonly uid: string;
    readonly sequence?: number;
    readonly profiles: readonly string[];
    readonly event_code: string;
  };
  readonly [attribute: string]: unknown;
}

/** What came in one request. */
export interface Batch {
  readonly id: string;
  readonly events: readonly OcsfEvent[];
  readonly answered: number;
}

/** A receiver of Standard Webhooks on loopback, with the scheme's own library as the judge of signatures. */
export interface Receiver {
  readonly url: string;
  readonly secret: string;
  readonly batches: readonly Batch[];
  /** Deliveries whose signature did not verify. */
  readonly forged: readonly string[];
  /** What it answers from now on; `down` closes the port. */
  answer(status: number | "down"): Promise<void>;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const secret = `whsec_${Buffer.from("a secret of thirty-two bytes ...").toString("base64")}`;
  const webhook = new Webhook(secret);
  const batches: Batch[] = [];
  const forged: string[] = [];
  const state = { status: 200 };
  const take = async (request: IncomingMessage): Promise<void> => {
    const body = await readBody(request);
    try {
      const { events } = webhook.verify(body, plainHeaders(request)) as { events: readonly OcsfEvent[] };
      batches.push({ id: String(request.headers["webhook-id"]), events, answered: state.status });
    } catch (error) {
      forged.push(String(error));
    }
  };
  const server = createServer((request, response) => {
    take(request).then(
      () => response.writeHead(state.status).end(),
      () => response.destroy(),
    );
  });
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}/events`,
    secret,
    batches,
    forged,
    async answer(status) {
      if (status === "down") await close(server);
      else {
        state.status = status;
        if (!server.listening) await listen(server, port);
      }
    },
    stop: () => close(server),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString("utf8");
}

function plainHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { onLoopback } from "./loopback.ts";

export interface DoorCall {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** What its sender calls itself. */
  readonly agent: string;
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** What becomes of one call. `lost`: it is done, and its answer is cut off in the middle of the head. `silent`: it is neither done nor ever answered. */
export type Fate = "pass" | "busy" | "broken" | "silent" | "lost";

export interface RegistryDoor {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Asked before each call is let through. */
  decide: (call: DoorCall) => Fate | Promise<Fate>;
  close(): Promise<void>;
}

/** Stands before a registry on a port of its own and does to calls, at the socket, what networks and busy registries do. */
export async function openDoor(target: () => string): Promise<RegistryDoor> {
  const agent = new Agent({ keepAlive: true });
  const door: Pick<RegistryDoor, "decide"> = { decide: () => "pass" };
  const server = createServer((incoming, response) => {
    serve(door, agent, target(), incoming, response).catch(() => response.destroy());
  });
  const { host, close } = await onLoopback(server);
  return Object.assign(door, {
    host,
    async close() {
      agent.destroy();
      await close();
    },
  });
}

async function serve(
  door: Pick<RegistryDoor, "decide">,
  agent: Agent,
  target: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readAll(incoming);
  switch (await door.decide(callOf(incoming))) {
    case "busy":
      response.writeHead(429, { "content-type": "application/json", "retry-after": "1" });
      return void response.end(JSON.stringify({ errors: [{ code: "TOOMANYREQUESTS" }] }));
    case "broken":
      return void response.writeHead(500).end("oops");
    case "silent":
      return;
    case "lost":
      await forward(agent, target, incoming, body);
      return void response.socket?.end("HTTP/1.1 2");
    case "pass": {
      const { status, headers, body: content } = await forward(agent, target, incoming, body);
      return void response.writeHead(status, headers).end(content);
    }
  }
}

function callOf({ method = "", url = "", headers }: IncomingMessage): DoorCall {
  return { method, path: url, agent: headers["user-agent"] ?? "" };
}

/** The host that was asked for goes along, so that the links of the answer lead to the door again. */
function forward(agent: Agent, target: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  const { connection: _, "transfer-encoding": __, ...passed } = headers;
  const length = body.length === 0 ? {} : { "content-length": String(body.length) };
  return new Promise((resolve, reject) => {
    const outgoing = request(`http://${target}${url ?? ""}`, { agent, method, headers: { ...passed, ...length } }, (answer) => {
      const { connection: ___, "keep-alive": ____, "transfer-encoding": _____, ...kept } = answer.headers;
      readAll(answer).then((content) => resolve({ status: answer.statusCode ?? 0, headers: kept, body: content }), reject);
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { AdapterError } from "../../shared/ports/adapter-error.ts";

export interface Listening {
  readonly port: number;
  /** Takes no more connections, lets running answers finish for a while, then closes what is left. */
  stop(): Promise<void>;
}

export interface ListenSettings {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Command line flag that chooses another port, for the error. */
  readonly flag: string;
  /** Time for a whole request; a registry upload may take longer than a hook. */
  readonly requestTimeoutMs: number;
}

const GRACE_MS = 5_000;

/** @throws AdapterError `conflict` where the port is taken. */
export async function listen(
  settings: ListenSettings,
  fetch: (request: Request, peer: string) => Response | Promise<Response>,
): Promise<Listening> {
  const respond = getRequestListener(
    (request, { incoming }) => fetch(request, `${incoming.socket.remoteAddress ?? ""}:${incoming.socket.remotePort ?? 0}`),
    { overrideGlobalObjects: false },
  );
  const limits = { requestTimeout: settings.requestTimeoutMs, headersTimeout: 10_000, keepAliveTimeout: 30_000 };
  // The listener answers its own faults: there is nothing to wait for.
  const server = createServer(limits, (incoming, outgoing) => void respond(incoming, outgoing));
  await bind(server, settings);
  const address = server.address();
  if (address === null || typeof address === "string") throw new AdapterError("unreachable", "the server has no port");
  return { port: address.port, stop: () => close(server) };
}

function bind(server: Server, { host, port, flag }: ListenSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE" || error.code === "EACCES";
      reject(
        taken
          ? new AdapterError("conflict", `port ${port} on ${host} is taken or not allowed`, {
              mend: `choose another with ${flag} N (0 takes a free one)`,
              cause: error,
            })
          : error,
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

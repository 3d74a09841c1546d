import { once } from "node:events";
import type { Server } from "node:net";

export interface Loopback {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Cuts off whoever is still connected. */
  close(): Promise<void>;
}

/** Has a server listen on a free port of this machine. */
export async function onLoopback(server: Server & { closeAllConnections?(): void }): Promise<Loopback> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a server on loopback has no port");
  return {
    host: `127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections?.();
      }),
  };
}

import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";

export interface Served {
  /** `127.0.0.1:port`. */
  readonly host: string;
  close(): Promise<void>;
}

/** Serves a handler on a free loopback port. `lost`: the connection ends without an answer. */
export async function serve(answer: (request: Request) => Promise<Response | "lost">): Promise<Served> {
  const fetch = async (request: Request, { outgoing }: { readonly outgoing: { destroy(): unknown } }): Promise<Response> => {
    const response = await answer(request);
    if (response !== "lost") return response;
    outgoing.destroy();
    // The adapter then writes nothing itself.
    return new Response(null, { headers: { "x-hono-already-sent": "true" } });
  };
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

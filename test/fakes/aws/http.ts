import { createAdaptorServer } from "@hono/node-server";
import { type Loopback, onLoopback } from "../loopback.ts";

/** Serves a handler on a free loopback port. `lost`: the connection ends without an answer. */
export async function serve(answer: (request: Request) => Promise<Response | "lost">): Promise<Loopback> {
  const fetch = async (request: Request, { outgoing }: { readonly outgoing: { destroy(): unknown } }): Promise<Response> => {
    const response = await answer(request);
    if (response !== "lost") return response;
    outgoing.destroy();
    // The adapter then writes nothing itself.
    return new Response(null, { headers: { "x-hono-already-sent": "true" } });
  };
  return onLoopback(createAdaptorServer({ fetch, overrideGlobalObjects: false }));
}

import type { Access, Ask, Surroundings } from "./access.ts";
import { openService } from "./services.ts";

/** The service of one registry, beside its endpoint for images. */
export function openAsk(access: Access, surroundings: Surroundings): Ask {
  const ask = openService(access, surroundings, async (config) => {
    const { openClient, callsOf } = await import("./calls.ts");
    const client = openClient(config);
    return (signal: AbortSignal) => callsOf(client, signal);
  });
  return (what, work, signal) => ask(what, (calls, { abortSignal }) => work(calls(abortSignal)), signal);
}

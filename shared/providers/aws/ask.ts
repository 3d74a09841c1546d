import { retry } from "../../runtime/retry.ts";
import { type Access, type Ask, callLimit, endpointOf, type Surroundings } from "./access.ts";
import type { Calls } from "./calls.ts";
import { awsFault } from "./fault.ts";
import { takenRole } from "./role.ts";

/** The SDK is loaded with the first question. */
export function openAsk(access: Access, surroundings: Surroundings): Ask {
  let opened: ReturnType<typeof open> | undefined;
  async function open(): Promise<(signal: AbortSignal) => Calls> {
    const { openClient, callsOf } = await import("./calls.ts");
    const credentials = access.role === undefined ? surroundings.keys : takenRole(access, access.role, surroundings);
    const client = openClient({
      region: access.place.region,
      ...endpointOf(access),
      ...(credentials === undefined ? {} : { credentials }),
    });
    return (signal) => callsOf(client, signal);
  }
  return (what, work, signal) =>
    retry(
      surroundings.retry,
      async () => {
        opened ??= open();
        const calls = await opened;
        const limit = callLimit(surroundings);
        try {
          return await work(calls(signal === undefined ? limit : AbortSignal.any([signal, limit])));
        } catch (error) {
          throw awsFault(error, `${what} in ${access.place.account}/${access.place.region}`);
        }
      },
      signal,
    );
}

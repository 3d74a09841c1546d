import { retry } from "../../runtime/retry.ts";
import { type Access, callLimit, endpointOf, type Surroundings } from "./access.ts";
import { awsFault } from "./fault.ts";
import { takenRole } from "./role.ts";

/** For the making of a client of the SDK. One try for each call: who asks decides on others. */
export interface ServiceConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: NonNullable<Surroundings["keys"]>;
  readonly maxAttempts: 1;
  readonly customUserAgent: [[string]];
}

/** For every call of the SDK. */
export interface CallOptions {
  readonly abortSignal: AbortSignal;
}

/** Asks one service at one place; the work may be done again. @throws AdapterError */
export type AskService<Calls> = <Answer>(
  what: string,
  work: (calls: Calls, options: CallOptions) => Promise<Answer>,
  signal?: AbortSignal,
) => Promise<Answer>;

/** The SDK is loaded with the first question. `open` makes what is called out of a client's settings. */
export function openService<Calls>(
  access: Access,
  surroundings: Surroundings,
  open: (config: ServiceConfig) => Promise<Calls>,
): AskService<Calls> {
  let opened: Promise<Calls> | undefined;
  return (what, work, signal) =>
    retry(
      surroundings.retry,
      async () => {
        opened ??= open(configOf(access, surroundings));
        const calls = await opened;
        const limit = callLimit(surroundings);
        try {
          return await work(calls, { abortSignal: signal === undefined ? limit : AbortSignal.any([signal, limit]) });
        } catch (error) {
          throw awsFault(error, `${what} in ${access.place.account}/${access.place.region}`);
        }
      },
      signal,
    );
}

function configOf(access: Access, surroundings: Surroundings): ServiceConfig {
  const credentials = access.role === undefined ? surroundings.keys : takenRole(access, access.role, surroundings);
  return {
    region: access.place.region,
    ...endpointOf(access),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1,
    customUserAgent: [["moorgate"]],
  };
}

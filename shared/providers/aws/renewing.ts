import type { RegistryClient } from "../../oci/client.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Login } from "./login.ts";

/** Refused with a new token as well, it is the role that may not: so long no other token is asked for. */
const PAUSE_MS = 300_000;

interface Session {
  readonly client: RegistryClient;
  /** No other token is asked for before this, in milliseconds since 1970. */
  patientUntil: number;
}

type Again = <T>(work: (client: RegistryClient) => Promise<T>) => Promise<T>;

/**
 * A client that gets itself a new token where the registry does not take the one it has, once for each refusal: ECR says 401 to a token that it
 * does not know and 403 to one whose time is over. `open`: a client that asks the login for its credentials.
 */
export function renewing(open: () => RegistryClient, login: Login, clock: Clock): RegistryClient {
  let session: Session = { client: open(), patientUntil: 0 };

  function renewed(used: Session): boolean {
    if (session !== used) return true;
    if (clock.now() < used.patientUntil) return false;
    login.forget();
    session = { client: open(), patientUntil: 0 };
    return true;
  }

  const again: Again = async (work) => {
    const used = session;
    try {
      return await work(used.client);
    } catch (error) {
      if (!isRefusal(error) || !renewed(used)) throw error;
      const next = session;
      return work(next.client).catch((fault: unknown) => {
        if (isRefusal(fault)) next.patientUntil = clock.now() + PAUSE_MS;
        throw fault;
      });
    }
  };

  async function* listed<Item>(list: (client: RegistryClient) => AsyncIterable<Item>): AsyncGenerator<Item> {
    const first = await again(async (client) => {
      const items = list(client)[Symbol.asyncIterator]();
      return { items, begun: await items.next() };
    });
    try {
      for (let one = first.begun; one.done !== true; one = await first.items.next()) yield one.value;
    } finally {
      await first.items.return?.();
    }
  }

  return {
    ...reading(again),
    ...writing(again),
    tags: (...asked) => listed((client) => client.tags(...asked)),
    repositories: (...asked) => listed((client) => client.repositories(...asked)),
    blobStream: (...asked) => listed((client) => client.blobStream(...asked)),
  };
}

function reading(again: Again) {
  return {
    resolve: (...asked) => again((client) => client.resolve(...asked)),
    manifest: (...asked) => again((client) => client.manifest(...asked)),
    blob: (...asked) => again((client) => client.blob(...asked)),
    referrers: (...asked) => again((client) => client.referrers(...asked)),
    headManifest: (...asked) => again((client) => client.headManifest(...asked)),
    hasBlob: (...asked) => again((client) => client.hasBlob(...asked)),
    discovery: (...asked) => again((client) => client.discovery(...asked)),
    referrersSupport: (...asked) => again((client) => client.referrersSupport(...asked)),
  } satisfies Partial<RegistryClient>;
}

function writing(again: Again) {
  return {
    putManifest: (...asked) => again((client) => client.putManifest(...asked)),
    deleteManifest: (...asked) => again((client) => client.deleteManifest(...asked)),
    deleteTag: (...asked) => again((client) => client.deleteTag(...asked)),
    mountBlob: (...asked) => again((client) => client.mountBlob(...asked)),
    putBlob: (...asked) => again((client) => client.putBlob(...asked)),
  } satisfies Partial<RegistryClient>;
}

function isRefusal(error: unknown): boolean {
  return error instanceof AdapterError && (error.code === "unauthorized" || error.code === "forbidden");
}

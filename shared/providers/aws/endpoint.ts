import { parseRegistryHost, type RegistryHost } from "../../domain/image-ref.ts";
import { openClient, type RegistryClient } from "../../oci/client.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { RegistrySettings } from "../../ports/provider.ts";
import { isLoopback } from "../../runtime/url.ts";
import { type Access, type Ask, accessAt, type Surroundings } from "./access.ts";
import { openAsk } from "./ask.ts";
import { archiveOf } from "./block.ts";
import { ecrClient } from "./client.ts";
import { type Login, openLogin } from "./login.ts";
import type { EcrPlace } from "./place.ts";
import { renewing } from "./renewing.ts";
import type { Reached } from "./replicas.ts";

export type EndpointSettings = Pick<RegistrySettings, "host" | "plainHttp" | "quarantine" | "fetch" | "aws">;

/** Both faces of one registry: the service, and the endpoint that images are pushed to and pulled from. */
export interface Endpoint {
  readonly ask: Ask;
  readonly client: RegistryClient;
}

export function openEndpoint(access: Access, settings: EndpointSettings, surroundings: Surroundings): Endpoint {
  const ask = openAsk(access, surroundings);
  return { ask, client: clientAt(ask, openLogin(ask, surroundings.retry.clock), settings, surroundings) };
}

function clientAt(ask: Ask, login: Login, settings: EndpointSettings, { retry, timeoutMs }: Surroundings): RegistryClient {
  const { host, plainHttp, fetch, quarantine, aws } = settings;
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  const open = (): RegistryClient => openClient({ host, plainHttp, fetch, retry, credentials: login.credentials, ...limit });
  return ecrClient(renewing(open, login, retry.clock), ask, { quarantine, hold: aws?.hold });
}

/** The gate's way to other registries. Each is opened once; where its endpoint is, the service says. */
export function openReach(
  access: Access,
  settings: EndpointSettings,
  surroundings: Surroundings,
): (place: EcrPlace, signal?: AbortSignal) => Promise<Reached> {
  const reached = new Map<string, Promise<Reached>>();
  async function open(place: EcrPlace, signal: AbortSignal | undefined): Promise<Reached> {
    const there = accessAt(access, place);
    if (there === undefined) throw noWay(place);
    const ask = openAsk(there, surroundings);
    const login = openLogin(ask, surroundings.retry.clock);
    const { host: text, hostname } = await login.address(signal);
    const host: RegistryHost = parseRegistryHost(text);
    const client = clientAt(ask, login, { ...settings, host, plainHttp: settings.plainHttp && isLoopback(hostname) }, surroundings);
    return { host, client, native: archiveOf(ask, client) };
  }
  return (place, signal) => {
    const key = `${place.account}/${place.region}`;
    const known = reached.get(key) ?? open(place, signal);
    reached.set(key, known);
    known.catch(() => reached.delete(key));
    return known;
  };
}

function noWay({ account, region }: EcrPlace): AdapterError {
  return new AdapterError("forbidden", `${account}/${region}: the gate has no way into that account`, {
    mend: "name the role that the gate takes there: aws: { replicaRole: arn:aws:iam::{account}:role/NAME }",
  });
}

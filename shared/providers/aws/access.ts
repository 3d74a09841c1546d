import type { RegistryHost } from "../../domain/image-ref.ts";
import { ParseError, quote } from "../../domain/parse-error.ts";
import type { AwsAccess } from "../../ports/provider.ts";
import { BRIEF_RETRY, type RetryRules } from "../../runtime/retry.ts";
import type { Calls } from "./calls.ts";
import { type EcrPlace, placeOf } from "./place.ts";

/** As the SDK takes them. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** What is the same for all registries that one process reaches. */
export interface Surroundings {
  readonly retry: RetryRules;
  /** The longest that one call may take, where that is less than usual. */
  readonly timeoutMs?: number;
  /** Who the process is; absent: found where the SDK looks for it. */
  readonly keys?: () => Promise<AwsKeys>;
}

export const USUAL: Surroundings = { retry: BRIEF_RETRY };

const TIMEOUT_MS = 10_000;

export function callLimit({ timeoutMs = TIMEOUT_MS }: Surroundings): AbortSignal {
  return AbortSignal.timeout(timeoutMs);
}

/** One account's registry in one region, and as whom it is asked. */
export interface Access {
  readonly place: EcrPlace;
  readonly role: string | undefined;
  /** `{account}` in it stands for the account of a replica. */
  readonly replicaRole: string | undefined;
  readonly externalId: string | undefined;
  /** `{region}` in it stands for the region. */
  readonly endpoint: string | undefined;
}

/** Address to be given to the SDK. */
export function endpointOf({ endpoint, place }: Access): { readonly endpoint?: string } {
  return endpoint === undefined ? {} : { endpoint: endpoint.replace("{region}", place.region) };
}

/** Asks one registry's service; the work may be done again. @throws AdapterError */
export type Ask = <Answer>(what: string, work: (calls: Calls) => Promise<Answer>, signal?: AbortSignal) => Promise<Answer>;

/** @throws ParseError where neither the host nor the settings say where the registry is */
export function accessOf(host: RegistryHost, { account, region, endpoint, externalId, ...roles }: AwsAccess = {}): Access {
  const named = placeOf(host);
  const { role, replicaRole = role?.replace(/::\d{12}:/, "::{account}:") } = roles;
  const place = { account: account ?? named?.account, region: region ?? named?.region };
  if (place.account !== undefined && place.region !== undefined)
    return { place: { account: place.account, region: place.region }, role, replicaRole, externalId, endpoint };
  throw new ParseError(
    `registries: ${host}`,
    `${quote(host)} does not say its account and region`,
    "write ACCOUNT.dkr.ecr.REGION.amazonaws.com, or aws: { account: ..., region: ... } beside it",
  );
}

/** The same gate at another registry; `undefined` where it has no way into that account. */
export function accessAt(access: Access, place: EcrPlace): Access | undefined {
  if (place.account === access.place.account) return { ...access, place };
  return access.replicaRole === undefined ? undefined : { ...access, place, role: access.replicaRole.replace("{account}", place.account) };
}

import type { RegistryHost } from "../domain/image-ref.ts";
import type { EventDecoder } from "./event-decoder.ts";
import type { FindingsSource } from "./findings-source.ts";
import type { AwsSignerRevocation } from "./notation-trust.ts";
import type { Registry } from "./registry.ts";
import type { RegistrySigning } from "./registry-signing.ts";
import type { RegistryUsage } from "./registry-usage.ts";

/** How to reach one registry, from the settings. */
export interface RegistrySettings {
  readonly host: RegistryHost;
  readonly provider: string;
  /** Whether plain HTTP may be spoken; allowed for loopback only. */
  readonly plainHttp: boolean;
  readonly credentials: Credentials;
  /** First path part of the repositories that held images move to. */
  readonly quarantine: string;
  /** Who is asked whether a held image can be pulled; the gate's own credentials where absent. */
  readonly puller?: Credentials | undefined;
  /** Registries that repositories are copied to under the same names: after a hold each is asked whether it still serves the image. */
  readonly replicas?: readonly Replica[] | undefined;
  /** What carries the requests; the platform's own where absent. */
  readonly fetch?: typeof fetch | undefined;
  /** Of a registry of AWS alone. */
  readonly aws?: AwsAccess | undefined;
}

/** How the services of AWS are reached, where the host of the registry and what surrounds the process do not say it. */
export interface AwsAccess {
  /** Twelve digits, and the region; absent: as the registry's host says. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** ARN of a role of the registry's account that the gate takes. */
  readonly role?: string | undefined;
  /** The role that it takes at replicas in other accounts: `{account}` stands for each; absent: that of the same name as `role`. */
  readonly replicaRole?: string | undefined;
  /** What the roles demand of whoever takes them. */
  readonly externalId?: string | undefined;
  /** One address that answers for all services in place of their public ones. `{region}` stands for the region. */
  readonly endpoint?: string | undefined;
  /** ARN under which the gate's calls come. It is registered as one whose pulls are not counted, and the time of the last pull is asked then. */
  readonly principal?: string | undefined;
  /** ARNs of the roles that processes of the gate run as, where that is known; calls come under one of these where it takes no other. */
  readonly ownRoles?: readonly string[] | undefined;
  /** How its images are held; absent: in the archive. */
  readonly hold?: "archive" | "quarantine-repository" | undefined;
  /** Who counts what runs the registry's images; absent: nobody is asked. */
  readonly inUse?: "inspector" | undefined;
}

export interface Replica {
  readonly host: RegistryHost;
  readonly credentials: Credentials;
}

export interface Basic {
  readonly username: string;
  readonly password: string;
  /** An identity token is exchanged by POST (RFC 6749 refresh_token), never sent as a password. */
  readonly kind: "password" | "identity-token";
}

/** Credentials for exactly this registry, asked for when needed and not kept. `undefined`: anonymous. */
export type Credentials = (signal?: AbortSignal) => Promise<Basic | undefined>;

export interface NamesInEvents {
  readonly registry?: RegistryHost;
  readonly actors: readonly string[];
}

/** A registry product. One folder, one line in `providers/table.ts`. */
export interface Provider {
  readonly id: string;
  readonly decoder: EventDecoder;
  openRegistry(settings: RegistrySettings): Registry;
  /** What events call the registry and the gate itself, as far as the settings say it; absent: the registry by its host. @throws ParseError */
  inEvents?(settings: RegistrySettings): NamesInEvents;
  /** What the product's own scanner finds in images of this registry; absent where it has none, or nobody can ask it. */
  openFindings?(settings: RegistrySettings): FindingsSource;
  /** Who counts what runs this registry's images, where the settings name somebody. */
  openUsage?(settings: RegistrySettings): RegistryUsage | undefined;
  /** Whether the registry signs by itself; absent where it never does. */
  openSigning?(settings: RegistrySettings): RegistrySigning;
  /** Who knows what AWS Signer has taken back, asked as the gate at these registries of the product; absent where the product is none of AWS. */
  openAwsSigner?(registries: readonly RegistrySettings[]): AwsSignerRevocation;
}

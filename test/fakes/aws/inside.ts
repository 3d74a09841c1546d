import type { Contract } from "./contract/contract.ts";
import type { Fate, FaultCall } from "./faults.ts";
import type { Identities } from "./identities.ts";
import type { Input } from "./input.ts";
import type { RegistryState } from "./state/registry.ts";
import type { Principal, World } from "./world.ts";

/** What the faces share beside the world behind them. */
export interface Inside {
  readonly world: World;
  readonly contract: Contract;
  readonly identities: Identities;
  readonly tokens: Map<string, Token>;
  /** What was revoked: ARNs of profiles and jobs, hashes of certificates. */
  readonly revocations: Set<string>;
  /** In the form of GetSigningProfile. */
  readonly profiles: Input[];
  /** Where the OCI face of a registry is, and how the vendor would call it. */
  hostOf(registry: RegistryState): string;
  decide(call: FaultCall): Fate | Promise<Fate>;
  /** Whether a PutImage may go on. */
  mayPutImage(registry: RegistryState): boolean;
  /** Does what is due. */
  settle(): Promise<void>;
}

/** What GetAuthorizationToken gave away, by its password. */
export interface Token {
  readonly principal: Principal;
  readonly expiresAt: number;
}

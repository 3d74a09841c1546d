import type { RegistryHost, Repository } from "../domain/image-ref.ts";
import type { SetupFinding } from "../domain/setup-finding.ts";
import type { Duration } from "../domain/time.ts";

/** What the policy asks of the images of one repository; at least of some of them. */
export interface AskedOfRepository {
  /** Reports of the registry's own scanner. `perhaps`: others count as well. */
  readonly scan: "required" | "perhaps" | "none";
  /** How old a scan may be. Absent where it may be of any age. */
  readonly scanMaxAge?: Duration;
  /** Of whatever kind. */
  readonly signature: boolean;
  /** One that the Notary Project's tools make, as AWS Signer does. */
  readonly notation: boolean;
  /** ARNs of the profiles of AWS Signer whose signatures count; a version's ARN is longer than its profile's. */
  readonly signingProfiles: "any" | readonly string[];
}

/** What the gate needs of how a registry is set up. */
export interface SetupDemand {
  /** Whether the gate may change anything there: only then has it to be allowed to. */
  readonly enforces: boolean;
  readonly askedOf: (repository: Repository) => AskedOfRepository;
  /** How long what is held stays until the gate deletes it; absent: for ever. */
  readonly heldFor?: Duration;
  /** Tags that the gate moves from one image to another; `*` stands for any text. */
  readonly movedTags: readonly string[];
  /** Whether the gate takes tags away from images that it means to give them back to. */
  readonly leavesUntagged: boolean;
  /** All registries that the gate watches. */
  readonly watched: ReadonlySet<RegistryHost>;
}

/** How a registry is set up, held against what the gate needs of it. Reads alone. */
export interface RegistrySetup {
  /** Never throws for what a registry answers: that is a finding. */
  look(demand: SetupDemand, signal?: AbortSignal): Promise<readonly SetupFinding[]>;
}

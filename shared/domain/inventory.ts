import type { Digest } from "./digest.ts";
import type { PackageRef } from "./finding.ts";
import type { Instant } from "./time.ts";
import type { Vouched } from "./vouched.ts";

export interface InventoryPackage extends PackageRef {
  /** SPDX ids or expressions, as written; empty where the inventory does not say. */
  readonly licences: readonly string[];
}

/** What an image contains, as one SBOM tells it. */
export interface Inventory extends Vouched {
  /** `spdx-json`, `cyclonedx-json`. */
  readonly format: string;
  /** Tool that made it, as written. */
  readonly tool: string;
  readonly madeAt: Instant | "unknown";
  /** Digest of the document's bytes. */
  readonly digest: Digest;
  readonly packages: readonly InventoryPackage[];
}

import type { Digest } from "./digest.ts";
import type { Instant } from "./time.ts";

/** What somebody wants held in every place that has it. */
export type EmergencyQuery =
  | { readonly kind: "digest"; readonly digest: Digest }
  /** `id`: as scanners write it. Its other names count too. */
  | { readonly kind: "vulnerability"; readonly id: string }
  | PackageQuery
  | BaseQuery;

/** `name` or `purl`, without a version. `versions`: a range or one exact version; absent: any. */
export type PackageQuery = { readonly kind: "package"; readonly versions?: string } & (
  | { readonly name: string; readonly purl?: never }
  | { readonly purl: string; readonly name?: never }
);

/** Images built on this one. `name`: with its registry; without a tag, any tag is meant. */
export type BaseQuery =
  | { readonly kind: "base"; readonly name: string; readonly digest?: Digest }
  | { readonly kind: "base"; readonly name?: never; readonly digest: Digest };

/** What shows that an image is concerned. */
export interface EmergencyFact {
  /** `log4j-core 2.14.1`. */
  readonly what: string;
  /** Who says so: `SBOM of syft`, `scan of trivy`. */
  readonly by: string;
  /** When that was made. */
  readonly at: Instant | "unknown";
  /** The platform that it is in, where it is one of an index. */
  readonly child?: Digest;
}

/** What stored evidence says of one image. Only `clear` says that it is not concerned. */
export type Concerned =
  | { readonly kind: "yes"; readonly facts: readonly EmergencyFact[] }
  /** It has the package, in a version that cannot be compared with what was asked for. */
  | { readonly kind: "perhaps"; readonly facts: readonly EmergencyFact[] }
  | { readonly kind: "not-known"; readonly why: string }
  /** `at`: when the oldest of what this rests on was made. */
  | { readonly kind: "clear"; readonly at: Instant | "unknown" };

/** Images of an emergency. Those that are left alone are in use, held already, or cannot be told for certain. */
export interface EmergencyCounts {
  readonly toHold: number;
  readonly held: number;
  readonly failed: number;
  readonly left: number;
  readonly notKnown: number;
}

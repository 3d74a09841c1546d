import type { Severity } from "./severity.ts";
import type { Instant } from "./time.ts";

export type FixState = "fixed" | "not-fixed" | "wont-fix" | "deferred" | "end-of-life" | "unknown";

export interface PackageRef {
  readonly name: string;
  readonly version: string;
  /** Scanner's kind: `debian`, `npm`, `gobinary`; empty where it does not say. */
  readonly type: string;
  readonly purl?: string;
  readonly path?: string;
  /** Name of the source package that it was built from (`openssl` of `libssl3`). */
  readonly source?: string;
  /** Digest or diff id of the layer that brought it. */
  readonly layer?: string;
}

/** What one source said of the severity, verbatim in `raw`. */
export interface SeverityClaim {
  readonly source: string;
  readonly raw: string;
  readonly severity: Severity;
}

/** What one source said of the score. `score`: 0 to 10. */
export interface CvssClaim {
  readonly source: string;
  readonly version: "2" | "3.0" | "3.1" | "4.0";
  readonly score?: number;
  readonly vector?: string;
}

/** What the source of a finding knows of attacks. Absent fields: it does not say. The dated snapshots of KEV and EPSS outweigh it. */
export interface Exploit {
  readonly isKnownExploited?: boolean;
  /** EPSS, 0 to 1. */
  readonly probability?: number;
  readonly percentile?: number;
}

/** Why a finding that stands in a report does not count for the one who made the report. It is kept, and counts unless the policy trusts `by`. */
export interface FindingStatus {
  readonly kind: "suppressed" | "not-affected" | "vex-fixed" | "under-investigation" | "withdrawn";
  readonly by: string;
  readonly why?: string;
}

/** One vulnerability in one package of one image. */
export interface Finding {
  readonly id: string;
  /** Other names of the same vulnerability. Never related ones, and never advisories that bundle several. */
  readonly aliases: readonly string[];
  /** The severity that counts; by whom is in `severities`. */
  readonly severity: Severity;
  readonly severities: readonly SeverityClaim[];
  /** Highest CVSS base score given, 0 to 10. */
  readonly score?: number;
  readonly package: PackageRef;
  readonly cvss?: readonly CvssClaim[];
  readonly fix: { readonly state: FixState; readonly versions: readonly string[]; readonly availableAt?: Instant };
  readonly title?: string;
  readonly publishedAt?: Instant;
  /** When the source first saw it in this image. */
  readonly firstSeenAt?: Instant;
  readonly exploit?: Exploit;
  /** Absent: it counts. */
  readonly status?: FindingStatus;
}

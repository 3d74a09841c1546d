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
}

/** What one source said of the severity, verbatim in `raw`. */
export interface SeverityClaim {
  readonly source: string;
  readonly raw: string;
  readonly severity: Severity;
}

/** One vulnerability in one package of one image. */
export interface Finding {
  readonly id: string;
  readonly aliases: readonly string[];
  /** The severity that counts; by whom is in `severities`. */
  readonly severity: Severity;
  readonly severities: readonly SeverityClaim[];
  /** Highest CVSS base score given, 0 to 10. */
  readonly score?: number;
  readonly package: PackageRef;
  readonly fix: { readonly state: FixState; readonly versions: readonly string[] };
  readonly title?: string;
  readonly publishedAt?: Instant;
}

import type { PackageRef } from "./finding.ts";
import type { Severity } from "./severity.ts";

export type ContentKind = "secret" | "misconfiguration" | "licence" | "malware";

/** Something in an image that is no vulnerability. A secret's value never stands here: rule and place only. */
export interface ContentFinding {
  readonly kind: ContentKind;
  /** The scanner's id: `aws-access-key-id`, `DS-0002`, `AGPL-3.0-only`. */
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  /** File, with the line where it is known. */
  readonly path?: string;
  readonly package?: Pick<PackageRef, "name" | "version" | "purl">;
}

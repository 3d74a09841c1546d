export type InspectorSeverity = "CRITICAL" | "HIGH" | "MEDIUM" | "LOW" | "INFORMATIONAL" | "UNTRIAGED";

/** What a scanner finds, told once and shown in every form that the vendor has for it. */
export interface Vulnerability {
  readonly id: string;
  readonly severity: InspectorSeverity;
  readonly package: {
    readonly name: string;
    readonly version: string;
    readonly fixedIn?: string;
    /** A package manager of Inspector: OS, NPM, GOMOD... */
    readonly manager: string;
    readonly arch?: string;
    readonly filePath?: string;
  };
  /** CVSS 3.1. */
  readonly score?: number;
  readonly vector?: string;
  readonly epss?: number;
  readonly hasExploit?: boolean;
  /** Entry of the catalogue of known exploited vulnerabilities: days since 1970. */
  readonly knownExploited?: { readonly addedOn: number; readonly dueOn: number };
  readonly isSuppressed?: boolean;
}

/** `reason` of Inspector's coverage where it has one: UNSUPPORTED_OS, IMAGE_SIZE_EXCEEDED, SCAN_ELIGIBILITY_EXPIRED... */
export type ScanOutcome =
  | { readonly kind: "found"; readonly vulnerabilities: readonly Vulnerability[] }
  | { readonly kind: "unsupported"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

export interface Scan {
  readonly type: "BASIC" | "ENHANCED";
  /** After a restore Inspector looks again and tells nobody. */
  readonly isRevival: boolean;
  readonly startedAt: number;
  /** Absent while it runs. */
  readonly outcome?: ScanOutcome;
  /** What was found once and is no more looked at: the image was archived, or its time was over. */
  readonly closed: readonly Vulnerability[];
  readonly completedAt?: number;
  /** How often the findings are still asked for in vain although the scan is complete. */
  readonly emptyLooks: number;
}

export interface Cluster {
  /** ARN of an ECS or EKS cluster. */
  readonly arn: string;
  readonly running: number;
  readonly stopped: number;
  readonly lastInUseAt: number;
  readonly workload:
    | { readonly kind: "ecs"; readonly service: string; readonly taskDefinitionArn: string }
    | { readonly kind: "eks"; readonly namespace: string; readonly workloads: readonly { readonly name: string; readonly type: string }[] };
}

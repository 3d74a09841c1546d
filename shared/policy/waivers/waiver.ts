import type { Digest } from "../../domain/digest.ts";
import type { KnownSeverity } from "../../domain/severity.ts";
import type { Instant } from "../../domain/time.ts";

/** Which packages a waiver is for. Every field that is given has to fit. */
export interface WaivedPackage {
  /** Patterns; the name of the source package counts as well. */
  readonly name?: readonly string[] | undefined;
  /** Patterns of package URLs without version and qualifiers. */
  readonly purl?: readonly string[] | undefined;
  /** Exact installed versions. Another version makes the waiver void. */
  readonly version?: readonly string[] | undefined;
}

/** Which images it is for. Every field that is given has to fit; of `tag`, every tag of the image. */
export interface WaivedImage {
  readonly registry?: readonly string[] | undefined;
  readonly repository?: readonly string[] | undefined;
  readonly tag?: readonly string[] | undefined;
  /** Of the image itself or of the index that it is part of. */
  readonly digest?: readonly Digest[] | undefined;
}

/** What is waived. All that is given has to fit; what is left out is any. */
export interface WaiverScope {
  readonly vulnerabilities?: readonly string[] | undefined;
  readonly package?: WaivedPackage | undefined;
  readonly image?: WaivedImage | undefined;
  /** Ids of rules. */
  readonly rules?: readonly string[] | undefined;
}

/** A decision to live with something that a rule speaks against, bound to the facts that it was made on. */
export interface Waiver {
  readonly id: string;
  readonly scope: WaiverScope;
  /** The worst severity that is waived; a worse finding is not covered. Always there where vulnerabilities or packages are named. */
  readonly severity?: KnownSeverity | undefined;
  readonly owner: string;
  readonly reason: string;
  readonly ticket?: string | undefined;
  readonly approvedBy: string;
  readonly secondApprovedBy?: string | undefined;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  /** Waived although there is a fix; otherwise the waiver is void as soon as there is one. */
  readonly evenIfFixed: boolean;
  /** Waived although it is known to be exploited; otherwise the waiver is void as soon as it is. */
  readonly evenIfExploited: boolean;
  /** `waivers.yaml:7`. */
  readonly place: string;
}

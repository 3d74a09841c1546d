import type { Digest } from "../domain/digest.ts";
import type { AttestationFact, FindingsEvidence, InventoryEvidence, ScanReport } from "../domain/evidence.ts";
import type { ImageKey, Repository, RepositoryKey } from "../domain/image-ref.ts";
import type { Inventory } from "../domain/inventory.ts";
import type { Instant } from "../domain/time.ts";
import type { VexStatement } from "../domain/vex.ts";
import type { Referrer } from "./image-source.ts";

export interface FindingsRequest {
  readonly image: ImageKey;
  /** Whether it names images for platforms, which are asked for one by one. */
  readonly isIndex?: boolean;
  /** Referrers already read, with the repository that they lie in. */
  readonly referrers: readonly { readonly repository: Repository; readonly referrer: Referrer }[];
}

/** What one place tells of an image. */
export interface ImageFacts {
  readonly findings: FindingsEvidence;
  /** Reports of scans that looked for no vulnerabilities. */
  readonly content: readonly ScanReport[];
  readonly inventory: InventoryEvidence;
  readonly vex: readonly VexStatement[];
  /** Statements whose subject is the image. */
  readonly attestations: readonly AttestationFact[];
}

/** An image of a repository of which a place knows something else than before. */
export interface ChangedFindings {
  readonly digest: Digest;
  /** When it changed last, by the clock of that place; where it does not say, when it was asked. */
  readonly at: Instant;
}

/** Asks one place for documents on an image; faults of the place throw AdapterError (gather turns it into `unavailable`). */
export interface FindingsSource {
  readonly id: string;
  facts(request: FindingsRequest, signal?: AbortSignal): Promise<ImageFacts>;
  /** Images of a repository of which something was found or mended since, each as often as that; there where somebody lists it. @throws AdapterError */
  changedSince?(repository: RepositoryKey, since: Instant, signal?: AbortSignal): AsyncIterable<ChangedFindings>;
}

/** What a document may tell beside a report; CycloneDX alone may be all three. */
export interface AlsoTold {
  readonly inventory?: Omit<Inventory, "digest" | "statement" | "signedBy">;
  readonly vex?: readonly Omit<VexStatement, "place" | "statement" | "signedBy">[];
  readonly subject?: Digest;
  /** What the document itself leaves out (entries without an id, findings that the scanner was told to ignore). */
  readonly notes?: readonly string[];
}

export type ReadReport =
  | ({ readonly kind: "report"; readonly report: Omit<ScanReport, "origin" | "digest"> } & AlsoTold)
  /** A scan that looked for secrets, misconfigurations, licences or malware, and for no vulnerabilities. */
  | ({ readonly kind: "content"; readonly report: Omit<ScanReport, "origin" | "digest"> } & AlsoTold)
  /** An SBOM or a VEX document: says nothing of what was scanned. */
  | ({ readonly kind: "facts" } & AlsoTold)
  /** What the source says of a scan instead of its findings. `pending`: it has not come to an end. */
  | { readonly kind: "failed" | "unsupported" | "pending"; readonly why: string }
  | { readonly kind: "malformed"; readonly why: string };

/** Reads one report format. Pure: caps on size and depth were applied before. */
export interface ReportReader {
  readonly id: string;
  /** Artifact types and layer media types under which such a report is attached. */
  readonly mediaTypes: readonly string[];
  /** What is not known when such a document cannot be read; absent: a report. */
  readonly tells?: readonly ("report" | "inventory" | "vex")[];
  /**
   * Members that it looks at, at any depth (`name.*`: and all below). A document of more than 16 MiB is read with these alone; absent: such
   * a document is too large.
   */
  readonly keeps?: readonly string[];
  /** Whether a document posted without a media type is of this format; looks at top-level members only. */
  recognises(document: unknown): boolean;
  read(document: unknown): ReadReport;
}

/** Reports that were posted to us, kept by image. */
export interface ReportStore {
  /** @returns digest of the bytes. Storing the same report twice is one report. */
  put(image: Pick<ImageKey, "digest">, format: string, bytes: Uint8Array, at: Instant, scanner?: string): Promise<Digest>;
  /** Newest first, at most one a format and scanner: a later report of the same scanner replaces the one before. */
  list(
    digest: Digest,
  ): Promise<readonly { readonly format: string; readonly bytes: Uint8Array; readonly digest: Digest; readonly storedAt: Instant }[]>;
}

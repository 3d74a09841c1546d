import type { ContentFinding, ContentKind } from "./content-finding.ts";
import type { Digest } from "./digest.ts";
import type { Finding } from "./finding.ts";
import type { ImageConfig } from "./image-config.ts";
import type { Tag } from "./image-ref.ts";
import type { Inventory } from "./inventory.ts";
import type { Platform } from "./manifest.ts";
import type { Instant } from "./time.ts";
import type { VexStatement } from "./vex.ts";
import type { EarliestTime, SigningTime, Vouched } from "./vouched.ts";

/** A report that was read whole. `findings: []` here, and only here, means clean. */
export interface ScanReport {
  readonly scanner: string;
  readonly scannedAt: Instant | "unknown";
  /** When the scanner's vulnerability data was made. */
  readonly databaseAt: Instant | "unknown";
  /** How the report reached us. */
  readonly origin: "attached" | "posted" | "registry";
  /** Digest of the report's bytes. */
  readonly digest: Digest;
  readonly findings: readonly Finding[];
  /** What the scan looked for beside vulnerabilities. Only for these does an empty `content` mean that there is nothing. */
  readonly covers?: readonly ContentKind[];
  readonly content?: readonly ContentFinding[];
}

/**
 * "Scanned, clean", "never scanned", "scan running", "scan failed", "cannot be scanned", "scanned too long ago" and "could not be asked"
 * are different things, and only the first one is a fact about the image.
 */
export type FindingsEvidence =
  /** `notes`: what else was found and does not count, such as a report that could not be read. */
  | { readonly kind: "reported"; readonly reports: readonly [ScanReport, ...ScanReport[]]; readonly notes?: readonly string[] }
  /** `why`: what is there and does not count as a report. */
  | { readonly kind: "absent"; readonly why?: string }
  /** `until`: it may be known from then on, without anything being told. */
  | { readonly kind: "pending"; readonly why: string; readonly until?: Instant }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "unsupported"; readonly why: string }
  | { readonly kind: "stale"; readonly why: string; readonly reports: readonly ScanReport[] }
  /** `reports`: of a held image, what its registry's scanner had told before. */
  | { readonly kind: "unavailable"; readonly why: string; readonly reports?: readonly ScanReport[] };

/** Reports of any age: what they found is in the same bytes still. That there is nothing only `reported` says. */
export function reportsIn(findings: FindingsEvidence): readonly ScanReport[] {
  return "reports" in findings ? (findings.reports ?? []) : [];
}

/** Stable codes of a signature's outcome; the same words as the verification cases use. `ignored`: good, and the policy says why it does not count. */
export const SIGNATURE_CODES = [
  "ok",
  "digest-mismatch",
  "signature-invalid",
  "identity-mismatch",
  "untrusted-root",
  "expired",
  "not-yet-valid",
  "revoked",
  "revocation-unknown",
  "malformed",
  "unsupported",
  "no-transparency-log",
  "no-timestamp",
  "too-large",
  "scope-mismatch",
  "predicate-mismatch",
  "ignored",
] as const;
export type SignatureCode = (typeof SIGNATURE_CODES)[number];

/** One signature that was found and judged. */
export interface SignatureFact {
  readonly format: "cosign" | "notation" | "binauthz";
  /** Where it lies: the manifest's digest, the tag of a legacy signature, or the name of an occurrence. */
  readonly place: string;
  readonly code: SignatureCode;
  /** Name of the trusted key or identity that it verified under; absent unless `code` is `ok`. */
  readonly identity?: string;
  /** Further trusted names that it verifies under. It counts for any of them, and once. */
  readonly alsoAs?: readonly string[];
  /** SHA-256 of the public key (SPKI) that made it; absent where that was made for one signature alone (keyless). Only where `code` is `ok`. */
  readonly key?: Digest;
  /** Whom its certificate names: who vouches, and for whom; only where `code` is `ok` and a certificate signed. */
  readonly signer?: { readonly issuer: string; readonly subject: string };
  /** When it was there at the latest; only where `code` is `ok`. */
  readonly signedAt?: SigningTime;
  /** When it was made at the earliest; only where `code` is `ok`. */
  readonly madeAfter?: EarliestTime;
  /** Names and values that were signed along; only where `code` is `ok`, and only texts. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** SHA-256 of the statement that it covers; only where attestations were asked for. */
  readonly statement?: Digest;
  /** The outcome may be another from here on by time alone: the signature ends, or an answer about revocation grows old. */
  readonly goodUntil?: Instant;
  readonly detail: string;
}

/** `examined` with no facts is the proven absence of signatures; a failed read is `unavailable`. */
export type SignatureEvidence =
  /** `why`: what the registry says of a signature that it was to make by itself. */
  | { readonly kind: "examined"; readonly signatures: readonly SignatureFact[]; readonly why?: string }
  /** Those that could be asked for: what is there counts, what is not may yet be where nobody could look. */
  | { readonly kind: "partial"; readonly signatures: readonly SignatureFact[]; readonly why: string }
  | { readonly kind: "pending"; readonly why: string }
  | { readonly kind: "unavailable"; readonly why: string };

/** `absent`: the manifest has no configuration of an image (an artifact). */
export type ConfigEvidence =
  | { readonly kind: "read"; readonly config: ImageConfig }
  | { readonly kind: "absent" }
  | { readonly kind: "unavailable"; readonly why: string };

export type InventoryEvidence =
  | { readonly kind: "reported"; readonly inventories: readonly [Inventory, ...Inventory[]] }
  | { readonly kind: "absent" }
  | { readonly kind: "failed" | "unavailable"; readonly why: string };

/** An in-toto statement about the image. */
export interface AttestationFact extends Vouched {
  readonly predicateType: string;
  /** Plain JSON, untrusted, within the caps of the reader. */
  readonly predicate: unknown;
  /** Where it lies: the manifest's digest. */
  readonly place: string;
}

export type AttestationEvidence =
  | { readonly kind: "examined"; readonly statements: readonly AttestationFact[] }
  | { readonly kind: "unavailable"; readonly why: string };

export type VexEvidence =
  | { readonly kind: "examined"; readonly statements: readonly VexStatement[] }
  | { readonly kind: "unavailable"; readonly why: string };

export interface ImageSubject {
  readonly digest: Digest;
  readonly kind: "image" | "index";
  readonly platform?: Platform;
  readonly tags: readonly Tag[];
  /** When we (not the registry's clock) first heard of it. */
  readonly firstSeenAt: Instant;
  /** From the event; absent where the registry does not say. */
  readonly pushedBy?: string;
  /** Of the manifest, as the build wrote them: untrusted. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * All that is known of an image at one instant; an index carries its runnable children. `content`: reports of scans that looked for secrets,
 * misconfigurations and the like and for no vulnerabilities; their `findings` says nothing, so they are not among `findings`.
 */
export interface ImageEvidence {
  readonly subject: ImageSubject;
  readonly gatheredAt: Instant;
  readonly findings: FindingsEvidence;
  readonly content?: readonly ScanReport[];
  readonly signatures: SignatureEvidence;
  readonly config: ConfigEvidence;
  readonly inventory: InventoryEvidence;
  readonly attestations: AttestationEvidence;
  readonly vex: VexEvidence;
  /** Digests of the manifests that were found attached to it, and of their list under the fallback tag; absent where nobody could be asked. */
  readonly attached?: readonly Digest[];
  readonly children: readonly ImageEvidence[];
  /** Children that the index names and the registry does not have. */
  readonly missingChildren: readonly Digest[];
}

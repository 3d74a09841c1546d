import { type Digest, parseDigest } from "../../../shared/domain/digest.ts";
import type {
  AttestationFact,
  FindingsEvidence,
  ImageEvidence,
  ScanReport,
  SignatureCode,
  SignatureEvidence,
  SignatureFact,
} from "../../../shared/domain/evidence.ts";
import type { Finding, FixState } from "../../../shared/domain/finding.ts";
import { parseRegistryHost, parseRepository, parseTag, type Tag } from "../../../shared/domain/image-ref.ts";
import type { Severity } from "../../../shared/domain/severity.ts";
import { type Instant, parseInstant } from "../../../shared/domain/time.ts";
import type { Policy } from "../../../shared/policy/document.ts";
import { parsePolicy } from "../../../shared/policy/document.ts";
import type { Target } from "../../../shared/policy/select.ts";

export const NOW = parseInstant("2026-11-21T12:00:00Z");

export function at(text: string): Instant {
  return parseInstant(text);
}

/** A digest of one repeated hex digit pair. */
export function digest(pair: string): Digest {
  return parseDigest(`sha256:${pair.repeat(32)}`);
}

export function target(repository = "shop/api", tags: readonly string[] = ["1.0"], registry = "registry.example"): Target {
  return { registry: parseRegistryHost(registry), repository: parseRepository(repository), tags: tags.map((tag) => parseTag(tag)) };
}

const FRAME = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
trust:
  keys: [{ name: release, file: release.pub }, { name: dev, file: dev.pub }]
  identities: [{ name: ci, issuer: "https://ci.example", subject: "https://code.example/*" }]
  sigstore: [{ name: own, root: trusted_root.json }]
rules:
`;

/** A policy of the given rules, each written in one line of YAML. */
export function policy(...rules: readonly string[]): Policy {
  return parsePolicy(FRAME + rules.map((rule) => `  - { ${rule} }\n`).join(""), "policy.yaml", "0123456789ab");
}

interface FindingWords {
  readonly aliases?: readonly string[];
  readonly version?: string;
  readonly fixed?: readonly string[];
  readonly fix?: FixState;
}

export function finding(id: string, severity: Severity, name = "openssl", words: FindingWords = {}): Finding {
  const versions = words.fixed ?? [];
  return {
    id,
    aliases: words.aliases ?? [],
    severity,
    severities: [{ source: "test", raw: severity, severity }],
    package: { name, version: words.version ?? "3.0.11", type: "debian" },
    fix: { state: words.fix ?? (versions.length > 0 ? "fixed" : "not-fixed"), versions },
  };
}

export function report(findings: readonly Finding[] = [], more: Partial<ScanReport> = {}): ScanReport {
  return {
    scanner: "trivy",
    scannedAt: at("2026-11-21T11:00:00Z"),
    databaseAt: "unknown",
    origin: "attached",
    digest: digest("0a"),
    findings,
    ...more,
  };
}

export function reported(...reports: readonly [ScanReport, ...ScanReport[]]): FindingsEvidence {
  return { kind: "reported", reports };
}

export function signature(code: SignatureCode, identity?: string): SignatureFact {
  return { format: "cosign", place: "sha256:aa", code, detail: code, ...(identity === undefined ? {} : { identity }) };
}

/** That a statement was signed by each of these. */
export function signedBy(...names: readonly string[]): Pick<AttestationFact, "signedBy"> {
  return names.length === 0 ? {} : { signedBy: names.map((name) => ({ names: [name], place: "sha256:aa" })) };
}

export function signed(...signatures: readonly SignatureFact[]): SignatureEvidence {
  return { kind: "examined", signatures };
}

/** Looked for, and nothing was there. */
export const NOTHING_ELSE = {
  config: { kind: "absent" },
  inventory: { kind: "absent" },
  attestations: { kind: "examined", statements: [] },
  vex: { kind: "examined", statements: [] },
} as const;

export function image(
  findings: FindingsEvidence,
  signatures: SignatureEvidence = signed(),
  more: { readonly digest?: Digest; readonly firstSeenAt?: Instant; readonly tags?: readonly Tag[] } = {},
): ImageEvidence {
  return {
    subject: {
      digest: more.digest ?? digest("11"),
      kind: "image",
      tags: more.tags ?? [parseTag("1.0")],
      firstSeenAt: more.firstSeenAt ?? at("2026-11-21T10:00:00Z"),
    },
    gatheredAt: NOW,
    findings,
    signatures,
    ...NOTHING_ELSE,
    children: [],
    missingChildren: [],
  };
}

export function index(children: readonly ImageEvidence[], more: Partial<ImageEvidence> = {}): ImageEvidence {
  const own = image({ kind: "absent" }, signed(), { digest: digest("99") });
  return { ...own, subject: { ...own.subject, kind: "index" }, children, ...more };
}

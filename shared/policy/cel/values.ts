import type { ContentFinding } from "../../domain/content-finding.ts";
import { type AttestationFact, reportsIn, type SignatureFact } from "../../domain/evidence.ts";
import type { ImageConfig } from "../../domain/image-config.ts";
import type { InventoryPackage } from "../../domain/inventory.ts";
import { SEVERITIES } from "../../domain/severity.ts";
import { between, type Instant, instant } from "../../domain/time.ts";
import { countsAs, type MergedFinding } from "../findings/merge.ts";
import type { RuleContext } from "../rule.ts";
import type { RecordOf } from "./types.ts";

const DAY = 86_400_000;
// What a report says may be of any length; nobody compares more than this.
const LONGEST = 10_000;

/** Counts days up to now, and notes when the next of them is over. */
export interface Days {
  readonly since: (at: Instant | "unknown" | undefined) => bigint;
  readonly nextAt: () => Instant | undefined;
}

export function daysUntil(now: Instant): Days {
  let next: number | undefined;
  return {
    since: (at) => {
      if (at === undefined || at === "unknown") return 0n;
      const days = Math.floor(between(at, now) / DAY);
      const end = at + (days + 1) * DAY;
      if (next === undefined || end < next) next = end;
      return BigInt(days);
    },
    nextAt: () => (next === undefined ? undefined : instant(next)),
  };
}

function text(value: string | undefined): string {
  return value === undefined ? "" : value.slice(0, LONGEST);
}

export function imageValue({ evidence: { subject }, target }: RuleContext, days: Days): RecordOf<"Image"> {
  return {
    registry: target.registry,
    repository: target.repository,
    tags: target.tags,
    digest: subject.digest,
    os: text(subject.platform?.os),
    architecture: text(subject.platform?.architecture),
    variant: text(subject.platform?.variant),
    annotations: subject.annotations ?? {},
    seenDays: days.since(subject.firstSeenAt),
    hasPushedBy: subject.pushedBy !== undefined,
    pushedBy: text(subject.pushedBy),
  };
}

export function scanValue({ evidence: { findings } }: RuleContext, days: Days): RecordOf<"Scan"> {
  const reports = reportsIn(findings);
  const times = reports.map(({ scannedAt }) => scannedAt).filter((at) => at !== "unknown");
  return {
    state: findings.kind,
    scanners: reports.map(({ scanner }) => scanner),
    origins: reports.map(({ origin }) => origin),
    hasScannedDays: times.length > 0,
    scannedDays: times.length === 0 ? 0n : days.since(instant(Math.max(...times))),
  };
}

export interface Threat {
  readonly isKnownExploited: boolean;
  readonly probability: number | undefined;
  readonly percentile: number | undefined;
}

export function findingValue(finding: MergedFinding, threat: Threat, { evidence, settings }: RuleContext, days: Days): RecordOf<"Finding"> {
  const counted = countsAs(finding, settings.unknownSeverityAs);
  return {
    id: finding.id,
    aliases: finding.aliases,
    title: text(finding.title),
    severity: finding.severity,
    rank: BigInt(counted === "ignore" ? -1 : SEVERITIES.indexOf(counted)),
    hasScore: finding.score !== undefined,
    score: finding.score ?? 0,
    vectors: finding.cvss.map(({ vector }) => text(vector)).filter((vector) => vector !== ""),
    package: finding.package,
    versions: finding.versions,
    types: finding.types,
    purls: finding.purls,
    paths: finding.paths,
    hasFix: finding.fix.state === "fixed",
    fixState: finding.fix.state,
    fixVersions: finding.fix.versions,
    hasPublishedDays: finding.publishedAt !== undefined,
    publishedDays: days.since(finding.publishedAt),
    hasFixDays: finding.fix.availableAt !== undefined,
    fixDays: days.since(finding.fix.availableAt),
    seenDays: days.since(finding.firstSeenAt ?? evidence.subject.firstSeenAt),
    isKnownExploited: threat.isKnownExploited,
    hasProbability: threat.probability !== undefined,
    probability: threat.probability ?? 0,
    percentile: threat.percentile ?? 0,
  };
}

export function packageValue({ name, version, type, purl, path, licences }: InventoryPackage): RecordOf<"Package"> {
  return { name, version, type, purl: text(purl), path: text(path), licences: licences.map(text) };
}

export function contentValue({ rule, title, severity, path, package: about }: ContentFinding): RecordOf<"Content"> {
  return { rule, title: text(title), severity, path: text(path), package: text(about?.name) };
}

export function configValue(config: ImageConfig, isRoot: boolean, days: Days): RecordOf<"Config"> {
  const { createdAt, env, exposedPorts, history: _, ...rest } = config;
  return {
    ...rest,
    isRoot,
    envNames: env.map((entry) => entry.split("=")[0] ?? ""),
    ports: exposedPorts,
    hasBuiltDays: createdAt !== "unknown",
    builtDays: days.since(createdAt),
  };
}

export function signatureValue(fact: SignatureFact, days: Days): RecordOf<"Signature"> {
  const { format, code, identity, signedAt, annotations = {} } = fact;
  return {
    format,
    code,
    identity: code === "ok" ? text(identity) : "",
    hasSignedDays: signedAt !== undefined,
    signedDays: days.since(signedAt?.at),
    signedAtBy: text(signedAt?.by),
    annotations,
  };
}

export function statementValue(
  { predicateType, predicate, signedBy = [] }: AttestationFact,
  trusted: readonly string[],
): RecordOf<"Statement"> {
  const verifiedBy = trusted.find((name) => signedBy.some(({ names }) => names.includes(name)));
  return { predicateType, predicate, isVerified: verifiedBy !== undefined, verifiedBy: text(verifiedBy) };
}

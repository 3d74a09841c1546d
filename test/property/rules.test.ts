import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ContentFinding } from "../../shared/domain/content-finding.ts";
import type { AttestationFact, ImageEvidence } from "../../shared/domain/evidence.ts";
import type { Finding } from "../../shared/domain/finding.ts";
import type { InventoryPackage } from "../../shared/domain/inventory.ts";
import { type KnownExploited, NO_THREAT_FACTS, type ThreatFacts } from "../../shared/domain/threat.ts";
import { instant } from "../../shared/domain/time.ts";
import type { VerdictKind } from "../../shared/domain/verdict.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import { digest, finding, image, NOW, policy, report, reported, signedBy, target } from "../unit/policy/given.ts";
import { config, inventory, UNREAD } from "../unit/policy/rules/given.ts";

const days = fc.integer({ min: -90, max: 0 }).map((count) => instant(NOW + count * 86_400_000));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const findings: fc.Arbitrary<Finding> = fc
  .record({
    id: fc.constantFrom("CVE-1", "CVE-2", "CVE-3", "GHSA-1"),
    severity: fc.constantFrom("low", "medium", "high", "critical", "unknown"),
    publishedAt: maybe(days),
    availableAt: maybe(days),
    score: maybe(fc.constantFrom(3.1, 7.5, 9.8)),
    vector: maybe(fc.constantFrom("CVSS:3.1/AV:N/PR:N", "CVSS:3.1/AV:L/PR:H")),
    probability: maybe(fc.constantFrom(0.01, 0.9)),
  })
  .map(({ id, severity, publishedAt, availableAt, score, vector, probability }) => ({
    ...finding(id, severity, "lib"),
    fix: availableAt === undefined ? { state: "not-fixed", versions: [] } : { state: "fixed", versions: ["2"], availableAt },
    ...(publishedAt === undefined ? {} : { publishedAt }),
    ...(score === undefined ? {} : { score }),
    ...(vector === undefined ? {} : { cvss: [{ source: "nvd", version: "3.1", vector }] }),
    ...(probability === undefined ? {} : { exploit: { probability, percentile: probability } }),
  }));

const KINDS = ["secret", "misconfiguration", "licence", "malware"] as const;
const contents: fc.Arbitrary<ContentFinding> = fc.record({
  kind: fc.constantFrom(...KINDS),
  rule: fc.constantFrom("a", "CIS-DI-0008", "AGPL-3.0-only"),
  title: fc.constant("t"),
  severity: fc.constantFrom("low", "high", "unknown"),
});
const packages: fc.Arbitrary<InventoryPackage> = fc.record({
  name: fc.constantFrom("a", "left-pad"),
  version: fc.constantFrom("1.0.0", "2.0.0", "odd"),
  type: fc.constantFrom("npm", "deb"),
  licences: fc.subarray(["MIT", "AGPL-3.0-only", "odd words"]),
});
const statements: fc.Arbitrary<AttestationFact> = fc
  .record({
    predicateType: fc.constantFrom("https://slsa.dev/provenance/v1", "https://example.com/test"),
    predicate: fc.jsonValue(),
    verifiedBy: maybe(fc.constantFrom("release", "stranger")),
  })
  .map(({ verifiedBy, ...rest }) => ({ ...rest, place: "p", ...(verifiedBy === undefined ? {} : signedBy(verifiedBy)) }));

const SECRET = "do-not-print-this";
const configs = fc
  .record({
    user: fc.constantFrom("", "0", "app"),
    env: fc.subarray([`DB_PASSWORD=${SECRET}`, "PATH=/bin"]),
    history: fc.subarray([`ADD https://x:${SECRET}@x.example/a /a`, "RUN true"]),
    exposedPorts: fc.subarray(["22/tcp", "8080/tcp"]),
    labels: fc.dictionary(
      fc.constantFrom("owner", "constructor", "org.opencontainers.image.base.name"),
      fc.constantFrom("", "x", "alpine:3"),
    ),
    createdAt: fc.oneof(days, fc.constant("unknown" as const)),
  })
  .map((more) => config(more).config);

const evidences: fc.Arbitrary<ImageEvidence> = fc
  .record({
    found: fc.array(findings, { maxLength: 4 }),
    covers: fc.subarray([...KINDS]),
    content: fc.array(contents, { maxLength: 3 }),
    config: configs,
    listed: fc.array(packages, { maxLength: 3 }),
    told: fc.array(statements, { maxLength: 2 }),
  })
  .map(({ found, covers, content, config: read, listed, told }) => ({
    ...image(reported(report(found, { covers, content }))),
    config: read,
    ...inventory(...listed),
    attestations: { kind: "examined", statements: told },
  }));

const entries: readonly (readonly [string, KnownExploited])[] = [
  ["CVE-2", { addedAt: instant(NOW - 10 * 86_400_000), usedByRansomware: "unknown" }],
];
const KEV: ThreatFacts = {
  ...NO_THREAT_FACTS,
  knownExploited: { kind: "read", digest: digest("cc"), madeAt: NOW, entries: new Map(entries) },
};
const threats = fc.constantFrom(NO_THREAT_FACTS, KEV);

const ON_FINDINGS = [
  "rule: severity-threshold, atLeast: high, grace: { since: published, for: { high: 30d, critical: 7d } }",
  "rule: severity-threshold, score: 7, ignoreUnfixed: true, grace: { since: fixAvailable, for: 14d }",
  "rule: severity-threshold, vector: { AV: [N] }, exceptPackages: other",
  "rule: known-exploited, grace: 14d",
  "rule: exploit-probability, probability: 0.5, whenUnscored: ignore",
];
const OTHERS = [
  "rule: expression, when: 'findings.exists(f, f.rank >= 3 && f.publishedDays > 7)'",
  "rule: configuration, notRoot: true, noSecretsInEnv: true, noAddFromUrl: true, ports: { deny: ['22'] }, labels: { required: { owner: '**' } }",
  "rule: image-age, maxAge: 30d",
  "rule: package-banned, packages: [{ name: left-pad, versions: '<2.0.0' }]",
  "rule: package-required, packages: [{ name: a }]",
  "rule: licence, deny: AGPL-*",
  "rule: base-image, allowed: [{ name: docker.io/library/alpine }]",
  "rule: provenance, signers: [release], maxAge: 30d",
  "rule: attestation-required, predicateType: https://example.com/test, when: statement.predicate.a == 1",
];
const ON_CONTENT = ["rule: secrets", "rule: malware", "rule: configuration, noSetuid: true", "rule: configuration, reportedAtLeast: high"];

const judge = (rule: string, evidence: ImageEvidence, facts: ThreatFacts) =>
  evaluate(policy(`id: r, ${rule}`), target(), evidence, NOW, facts);
const BADNESS: readonly VerdictKind[] = ["compliant", "indeterminate", "violating"];
const badness = (rule: string, evidence: ImageEvidence, facts: ThreatFacts) => BADNESS.indexOf(judge(rule, evidence, facts).kind);
const RUNS = { numRuns: 40 };

describe.each([...ON_FINDINGS, ...OTHERS, ...ON_CONTENT])("%s", (rule) => {
  test("gives the same verdict twice, names no reason twice, prints no secret and is asked again only in the future", () => {
    fc.assert(
      fc.property(evidences, threats, (evidence, facts) => {
        const verdict = judge(rule, evidence, facts);
        expect(judge(rule, evidence, facts)).toEqual(verdict);
        expect(new Set(verdict.reasons.map(({ key }) => key)).size).toBe(verdict.reasons.length);
        expect(JSON.stringify(verdict)).not.toContain(SECRET);
        expect(verdict.recheckAt ?? NOW + 1).toBeGreaterThan(NOW);
      }),
      RUNS,
    );
  });

  test("never calls an image compliant whose evidence could not be read", () => {
    fc.assert(
      fc.property(evidences, threats, ({ subject, gatheredAt }, facts) => {
        const blind = {
          ...image(UNREAD),
          subject,
          gatheredAt,
          config: UNREAD,
          inventory: UNREAD,
          attestations: UNREAD,
          signatures: UNREAD,
        };
        expect(judge(rule, blind, facts).kind).toBe("indeterminate");
      }),
      RUNS,
    );
  });
});

test.each(ON_FINDINGS)("%s is never made milder by one more finding", (rule) => {
  fc.assert(
    fc.property(evidences, findings, threats, (evidence, extra, facts) => {
      const told = "reports" in evidence.findings ? (evidence.findings.reports[0]?.findings ?? []) : [];
      const one = { ...extra, id: "CVE-9" };
      const more = { ...evidence, findings: reported(report([...told, one])) };
      const fewer = { ...evidence, findings: reported(report(told)) };
      expect(badness(rule, more, facts)).toBeGreaterThanOrEqual(badness(rule, fewer, facts));
    }),
    RUNS,
  );
});

test.each(ON_CONTENT)("%s is never made milder by one more thing that was found, or by looking less", (rule) => {
  fc.assert(
    fc.property(fc.array(contents, { maxLength: 3 }), contents, fc.subarray([...KINDS]), (found, extra, covers) => {
      const told = (content: readonly ContentFinding[], looked: typeof covers) => image(reported(report([], { content, covers: looked })));
      const before = badness(rule, told(found, covers), NO_THREAT_FACTS);
      expect(badness(rule, told([...found, extra], covers), NO_THREAT_FACTS)).toBeGreaterThanOrEqual(before);
      expect(badness(rule, told(found, []), NO_THREAT_FACTS)).toBeGreaterThanOrEqual(before);
    }),
    RUNS,
  );
});

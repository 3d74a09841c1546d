import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ImageEvidence, ScanReport } from "../../shared/domain/evidence.ts";
import type { Finding } from "../../shared/domain/finding.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../shared/domain/threat.ts";
import { instant } from "../../shared/domain/time.ts";
import type { Verdict, VerdictKind } from "../../shared/domain/verdict.ts";
import type { VexStatement } from "../../shared/domain/vex.ts";
import { type Policy, parsePolicySet } from "../../shared/policy/document.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import type { Waiver } from "../../shared/policy/waivers/waiver.ts";
import { digest, finding, image, index, NOW, report, reported, signed, target } from "../unit/policy/given.ts";

const DAY = 86_400_000;
const ids = fc.constantFrom("CVE-1", "CVE-2", "GHSA-1");
const some = <T>(values: fc.Arbitrary<T>, maxLength = 2) => fc.array(values, { minLength: 1, maxLength });

const findings: fc.Arbitrary<Finding> = fc
  .record({
    id: ids,
    aliases: fc.array(ids, { maxLength: 2 }),
    severity: fc.constantFrom("low", "high", "critical", "unknown"),
    claims: fc.array(
      fc.record({ source: fc.constantFrom("nvd", "debian", "redhat"), severity: fc.constantFrom("low", "high", "critical") }),
      { maxLength: 2 },
    ),
    name: fc.constantFrom("openssl", "zlib"),
    version: fc.constantFrom("1", "2"),
    fixed: fc.constantFrom([], [], ["3"]),
    isKnownExploited: fc.constantFrom(undefined, undefined, true),
    suppressed: fc.constantFrom(undefined, undefined, "trivy", "grype"),
    purl: fc.constantFrom(undefined, "pkg:deb/debian/openssl@1"),
  })
  .map(({ id, aliases, severity, claims, name, version, fixed, isKnownExploited, suppressed, purl }) => {
    const plain = finding(id, severity, name, { aliases, version, fixed });
    return {
      ...plain,
      severities: claims.map((claim) => ({ ...claim, raw: claim.severity })),
      package: { ...plain.package, ...(purl === undefined ? {} : { purl }) },
      ...(isKnownExploited === undefined ? {} : { exploit: { isKnownExploited } }),
      ...(suppressed === undefined ? {} : { status: { kind: "suppressed" as const, by: suppressed } }),
    };
  });

const reports: fc.Arbitrary<ScanReport> = fc
  .record({
    found: fc.array(findings, { maxLength: 4 }),
    origin: fc.constantFrom("attached", "posted", "registry"),
    scanner: fc.constantFrom("trivy", "grype"),
  })
  .map(({ found, ...more }) => report(found, more));

const statements: fc.Arbitrary<VexStatement> = fc.record({
  ids: some(ids),
  status: fc.constantFrom("not-affected", "affected", "fixed"),
  products: fc.constantFrom([], ["pkg:deb/debian/openssl@1"], ["pkg:deb/debian/openssl"]),
  components: fc.constant([]),
  author: fc.constantFrom("acme", "mallory"),
  saidAt: fc.constantFrom("unknown" as const, instant(NOW - DAY), instant(NOW - 2 * DAY)),
  place: fc.constant("p"),
});

const waivers: fc.Arbitrary<Waiver> = fc
  .record({
    vulnerabilities: fc.option(some(ids, 3), { nil: undefined }),
    name: fc.option(some(fc.constantFrom("openssl", "z*"), 1), { nil: undefined }),
    version: fc.option(some(fc.constantFrom("1", "2")), { nil: undefined }),
    rules: fc.option(some(fc.constantFrom("a", "b", "c")), { nil: undefined }),
    severity: fc.constantFrom("low", "high", "critical", undefined),
    begins: fc.integer({ min: -40, max: 1 }),
    lasts: fc.integer({ min: 1, max: 60 }),
    evenIfFixed: fc.boolean(),
    evenIfExploited: fc.boolean(),
    id: fc.constantFrom("w1", "w2", "w3", "w4"),
  })
  .map(({ vulnerabilities, name, version, rules, severity, begins, lasts, evenIfFixed, evenIfExploited, id }) => ({
    id,
    scope: { vulnerabilities, rules, ...(name === undefined && version === undefined ? {} : { package: { name, version } }) },
    severity,
    owner: "o",
    reason: "r",
    approvedBy: "a",
    createdAt: instant(NOW + begins * DAY),
    expiresAt: instant(NOW + (begins + lasts) * DAY),
    evenIfFixed,
    evenIfExploited,
    place: `waivers.yaml:${id}`,
  }));

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: p }
mode: enforce
rules:
  - { id: a, rule: severity-threshold, atLeast: high }
  - { id: b, rule: severity-threshold, atLeast: low, ignoreUnfixed: true, enforceFrom: 2026-12-01 }
  - { id: c, rule: scan-freshness, maxAge: 7d, whenUnknown: { wait: 2h, then: hold } }
`;
const LAYER = (name: string, scope: string, rule: string) =>
  `apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: ${name} }\nscope: { ${scope} }\nrules:\n  - { ${rule} }\n`;
const LAYERS = [
  LAYER("repo", "repository: shop/**", "id: a, rule: severity-threshold, atLeast: critical"),
  LAYER("tag", "tag: 1.*", "id: a, rule: severity-threshold, atLeast: high, level: warn"),
  LAYER("other", "registry: registry.example", "id: c, rule: scan-freshness, maxAge: 1d"),
];

// Reading is slow; what is read is the same each time.
const READ = new Map<string, Policy>();

function policyOf(layers: readonly string[]): Policy {
  const known = READ.get(layers.join());
  if (known !== undefined) return known;
  const included = layers.map((text, at) => ({ text, file: `l${at}.yaml` }));
  const read = parsePolicySet({ text: POLICY, file: "p.yaml" }, included, "v");
  READ.set(layers.join(), read);
  return read;
}

const policies: fc.Arbitrary<Policy> = fc
  .record({
    layers: fc.shuffledSubarray(LAYERS),
    severityFrom: fc.constantFrom(["vendor", "nvd", "ghsa", "highest"], ["highest"], ["nvd"], ["scanner"]),
    trustReports: fc.constantFrom(["registry", "posted", "attached"] as const, ["registry"] as const),
    trustSuppressions: fc.constantFrom<string[]>([], ["trivy"]),
    trustVex: fc.constantFrom<string[]>([], ["author:acme"]),
    own: fc.array(waivers, { maxLength: 3 }),
  })
  .map(({ layers, own, severityFrom, trustReports, trustSuppressions, trustVex }): Policy => {
    const read = policyOf(layers);
    const settings = { severityFrom: [...severityFrom], trustReports: [...trustReports], trustSuppressions, trustVex };
    return { ...read, findings: { ...read.findings, ...settings }, waivers: own };
  });

const images: fc.Arbitrary<ImageEvidence> = fc
  .record({ given: fc.array(reports, { maxLength: 3 }), said: fc.array(statements, { maxLength: 2 }), pair: fc.constantFrom("11", "22") })
  .map(({ given: [first, ...rest], said, pair }) => ({
    ...image(first === undefined ? { kind: "absent" } : reported(first, ...rest), signed(), { digest: digest(pair) }),
    vex: { kind: "examined", statements: said },
  }));
const evidences = fc.oneof(
  images,
  fc.array(images, { maxLength: 2 }).map((children) => index(children)),
);
const threats: fc.Arbitrary<ThreatFacts> = fc.constantFrom<ThreatFacts>(NO_THREAT_FACTS, {
  ...NO_THREAT_FACTS,
  knownExploited: {
    kind: "read",
    digest: digest("ee"),
    madeAt: NOW,
    entries: new Map([["CVE-1", { addedAt: NOW, usedByRansomware: "unknown" as const }]]),
  },
  withdrawn: { kind: "read", digest: digest("ef"), madeAt: NOW, entries: new Map([["CVE-2", { at: NOW }]]) },
});

const BADNESS: Readonly<Record<VerdictKind, number>> = { compliant: 0, indeterminate: 1, violating: 2 };
const judge = (policy: Policy, evidence: ImageEvidence, facts: ThreatFacts) => evaluate(policy, target(), evidence, NOW, facts);
const badness = ({ kind, holdsUnknown }: Verdict) => BADNESS[kind] + (holdsUnknown ? 0.5 : 0);

function withFinding(evidence: ImageEvidence, more: Finding): ImageEvidence {
  const { findings: found } = evidence;
  const added =
    found.kind === "reported"
      ? { ...found, reports: [{ ...found.reports[0], findings: [...found.reports[0].findings, more] }, ...found.reports.slice(1)] as const }
      : found;
  return { ...evidence, findings: added, children: evidence.children.map((child) => withFinding(child, more)) };
}

function mirrored(evidence: ImageEvidence): ImageEvidence {
  const { findings: found, vex } = evidence;
  const [first, ...rest] =
    found.kind === "reported" ? found.reports.map((each) => ({ ...each, findings: each.findings.toReversed() })).toReversed() : [];
  return {
    ...evidence,
    findings: found.kind === "reported" && first !== undefined ? { ...found, reports: [first, ...rest] } : found,
    vex: vex.kind === "examined" ? { ...vex, statements: vex.statements.toReversed() } : vex,
    children: evidence.children.map(mirrored).toReversed(),
  };
}

/** All that is decided, without the words of reports, which are told in the order in which they come. */
function decided({ kind, reasons, waived, voidWaivers, holdsUnknown, recheckAt, closed }: Verdict) {
  return {
    kind,
    holdsUnknown,
    recheckAt,
    reasons: reasons.map(({ key, level, status, severity }) => [key, level, status, severity]),
    waived: waived?.map(({ key, waiver }) => [key, waiver.id, waiver.endsAt]),
    void: voidWaivers?.map(({ id, reason }) => [id, reason]),
    closed: closed?.map(({ id, package: name, kind: how, by }) => [id, name, how, by]).toSorted(),
  };
}

describe("a verdict", () => {
  test("is never made worse by one more waiver", () => {
    fc.assert(
      fc.property(policies, evidences, threats, waivers, (policy, evidence, facts, more) => {
        const before = judge(policy, evidence, facts);
        const after = judge({ ...policy, waivers: [...policy.waivers, more] }, evidence, facts);
        expect(badness(after)).toBeLessThanOrEqual(badness(before));
        const shown = [...after.reasons, ...(after.waived ?? [])].map(({ key }) => key);
        expect(shown).toEqual(expect.arrayContaining(before.reasons.map(({ key }) => key)));
      }),
      { numRuns: 300 },
    );
  });

  test("is never made better by one more finding, whatever is waived, suppressed, withdrawn or said not to affect", () => {
    fc.assert(
      fc.property(policies, evidences, threats, findings, (policy, evidence, facts, more) => {
        expect(BADNESS[judge(policy, withFinding(evidence, more), facts).kind]).toBeGreaterThanOrEqual(
          BADNESS[judge(policy, evidence, facts).kind],
        );
      }),
      { numRuns: 600 },
    );
  });

  test("does not mind in which order reports, findings, statements, children, rules, files and waivers come", () => {
    fc.assert(
      fc.property(policies, evidences, threats, (policy, evidence, facts) => {
        const turned = {
          ...policy,
          rules: policy.rules.toReversed(),
          layers: policy.layers.toReversed(),
          waivers: policy.waivers.toReversed(),
        };
        fc.pre(new Set(policy.waivers.map(({ id }) => id)).size === policy.waivers.length);
        expect(decided(judge(turned, mirrored(evidence), facts))).toEqual(decided(judge(policy, evidence, facts)));
      }),
      { numRuns: 300 },
    );
  });

  test("is the same for the same input, also where nothing of it was seen before", () => {
    fc.assert(
      fc.property(policies, evidences, threats, (policy, evidence, facts) => {
        expect(judge(structuredClone(policy), structuredClone(evidence), facts)).toEqual(judge(policy, evidence, facts));
      }),
    );
  });

  test("of an index is never better than that of its worst child", () => {
    fc.assert(
      fc.property(policies, fc.array(images, { minLength: 2, maxLength: 3 }), threats, (policy, children, facts) => {
        const own = children.map((child) => BADNESS[judge(policy, child, facts).kind]);
        expect(BADNESS[judge(policy, index(children), facts).kind]).toBeGreaterThanOrEqual(Math.max(...own));
      }),
    );
  });

  test("is asked again only at a time to come, and by then something has changed or is told", () => {
    fc.assert(
      fc.property(policies, evidences, threats, (policy, evidence, facts) => {
        expect(judge(policy, evidence, facts).recheckAt ?? NOW + 1).toBeGreaterThan(NOW);
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FindingsEvidence, ImageEvidence, ScanReport, SignatureEvidence } from "../../shared/domain/evidence.ts";
import type { Finding } from "../../shared/domain/finding.ts";
import { type Instant, instant } from "../../shared/domain/time.ts";
import { fingerprint, type VerdictKind } from "../../shared/domain/verdict.ts";
import { parsePolicy } from "../../shared/policy/document.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import { PolicyError } from "../../shared/policy/policy-error.ts";
import { matchesGlob } from "../../shared/policy/select.ts";
import { digest, finding, image, index, NOW, policy, report, signature, target } from "../unit/policy/given.ts";

const ids = fc.constantFrom("CVE-1", "CVE-2", "GHSA-1", "GHSA-2", "TEMP-1");
const findings: fc.Arbitrary<Finding> = fc
  .record({
    id: ids,
    severity: fc.constantFrom("negligible", "low", "medium", "high", "critical", "unknown"),
    name: fc.constantFrom("openssl", "zlib"),
    aliases: fc.array(ids, { maxLength: 2 }),
    fixed: fc.constantFrom([], ["2"]),
  })
  .map(({ id, severity, name, aliases, fixed }) => finding(id, severity, name, { aliases, fixed }));

const times: fc.Arbitrary<Instant> = fc.integer({ min: -60, max: 1 }).map((days) => instant(NOW + days * 86_400_000));
const reports: fc.Arbitrary<ScanReport> = fc
  .record({
    found: fc.array(findings, { maxLength: 4 }),
    scanner: fc.constantFrom("trivy", "grype"),
    scannedAt: fc.oneof(times, fc.constant("unknown" as const)),
  })
  .map(({ found, ...more }) => report(found, more));
const reportLists = fc
  .tuple(reports, fc.array(reports, { maxLength: 2 }))
  .map(([first, rest]): readonly [ScanReport, ...ScanReport[]] => [first, ...rest]);

const unknownFindings: fc.Arbitrary<FindingsEvidence> = fc.oneof(
  fc.constantFrom<FindingsEvidence>(
    { kind: "absent" },
    { kind: "pending", why: "w" },
    { kind: "failed", why: "w" },
    { kind: "unsupported", why: "w" },
    { kind: "unavailable", why: "w" },
  ),
  reportLists.map((stale): FindingsEvidence => ({ kind: "stale", why: "w", reports: stale })),
);
const findingsEvidence = fc.oneof(
  reportLists.map((given): FindingsEvidence => ({ kind: "reported", reports: given })),
  unknownFindings,
);
const signatures: fc.Arbitrary<SignatureEvidence> = fc.oneof(
  fc
    .array(
      fc.constantFrom(signature("ok", "release"), signature("ok", "dev"), signature("signature-invalid"), signature("revocation-unknown")),
      { maxLength: 3 },
    )
    .map((found): SignatureEvidence => ({ kind: "examined", signatures: found })),
  fc.constantFrom<SignatureEvidence>({ kind: "pending", why: "w" }, { kind: "unavailable", why: "w" }),
);
const images = fc
  .tuple(findingsEvidence, signatures, times, fc.constantFrom("11", "22", "33"))
  .map(([found, signers, firstSeenAt, pair]) => image(found, signers, { firstSeenAt, digest: digest(pair) }));
const indexes = fc
  .record({ children: fc.array(images, { maxLength: 3 }), findings: findingsEvidence, signatures, missing: fc.boolean() })
  .map(({ children, missing, ...own }) => index(children, { ...own, missingChildren: missing ? [digest("44")] : [] }));
const evidences: fc.Arbitrary<ImageEvidence> = fc.oneof(images, indexes);

const RULES = [
  "rule: severity-threshold, atLeast: high",
  "rule: severity-threshold, atLeast: medium, ignoreUnfixed: true",
  "rule: severity-threshold, atLeast: critical, unknownSeverityAs: critical, level: warn",
  "rule: scan-freshness, maxAge: 14d",
  "rule: scan-freshness, maxAge: 14d, maxDatabaseAge: 1d, whenUnknown: hold",
  "rule: signature-required, signers: [release]",
  "rule: signature-required, grace: 40d",
  "rule: severity-threshold, atLeast: low, select: { tag: v* }",
];
const ruleLists = fc.subarray(RULES, { minLength: 1 });
const numbered = (rules: readonly string[]) => policy(...rules.map((rule) => `id: r${RULES.indexOf(rule)}, ${rule}`));
const judge = (rules: readonly string[], evidence: ImageEvidence) => evaluate(numbered(rules), target(), evidence, NOW);

/** How bad a verdict is. */
const BADNESS: Readonly<Record<VerdictKind, number>> = { compliant: 0, indeterminate: 1, violating: 2 };

function withFinding(evidence: ImageEvidence, more: Finding): ImageEvidence {
  const add = (found: FindingsEvidence): FindingsEvidence =>
    found.kind === "reported"
      ? { ...found, reports: [{ ...found.reports[0], findings: [...found.reports[0].findings, more] }, ...found.reports.slice(1)] }
      : found;
  return { ...evidence, findings: add(evidence.findings), children: evidence.children.map((child) => withFinding(child, more)) };
}

describe("evaluate", () => {
  test("gives the same verdict for the same input", () => {
    fc.assert(
      fc.property(ruleLists, evidences, (rules, evidence) => {
        expect(judge(rules, structuredClone(evidence))).toEqual(judge(rules, evidence));
      }),
    );
  });

  test("is never made milder by one more finding", () => {
    fc.assert(
      fc.property(ruleLists, evidences, findings, (rules, evidence, more) => {
        expect(BADNESS[judge(rules, withFinding(evidence, more)).kind]).toBeGreaterThanOrEqual(BADNESS[judge(rules, evidence).kind]);
      }),
      { numRuns: 250 },
    );
  });

  test("is never made milder by one more rule, and keeps every reason that there was", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(RULES, { minLength: 2 }), evidences, ([more, ...rules], evidence) => {
        const fewer = judge(rules, evidence);
        const all = judge([more ?? "", ...rules], evidence);
        expect(BADNESS[all.kind]).toBeGreaterThanOrEqual(BADNESS[fewer.kind]);
        expect(all.reasons.map((reason) => reason.key)).toEqual(expect.arrayContaining(fewer.reasons.map((reason) => reason.key)));
      }),
    );
  });

  test("never calls an image compliant that has no report, where an enforced rule needs one", () => {
    fc.assert(
      fc.property(unknownFindings, signatures, (found, signers) => {
        expect(judge(["rule: severity-threshold, atLeast: high"], image(found, signers)).kind).not.toBe("compliant");
      }),
    );
  });

  test("is violating only by a known fact, and indeterminate only by a missing one", () => {
    fc.assert(
      fc.property(ruleLists, evidences, (rules, evidence) => {
        const { kind, reasons, holdsUnknown } = judge(rules, evidence);
        const enforced = reasons.filter((reason) => reason.level === "enforce");
        expect(kind === "violating").toBe(enforced.some((reason) => reason.status === "violated"));
        expect(kind === "compliant").toBe(enforced.length === 0);
        expect(holdsUnknown && !enforced.some((reason) => reason.status === "unknown")).toBe(false);
      }),
    );
  });

  test("does not mind in which order reports, findings, signatures and children come", () => {
    fc.assert(
      fc.property(ruleLists, evidences, (rules, evidence) => {
        expect(fingerprint(judge(rules, mirrored(evidence)))).toBe(fingerprint(judge(rules, evidence)));
      }),
    );
  });

  test("makes an index no better than any of its children", () => {
    fc.assert(
      fc.property(fc.subarray(RULES.slice(0, 5), { minLength: 1 }), indexes, (rules, evidence) => {
        const alone = evidence.children.length === 1 ? [] : evidence.children.map((child) => BADNESS[judge(rules, child).kind]);
        expect(BADNESS[judge(rules, evidence).kind]).toBeGreaterThanOrEqual(Math.max(0, ...alone));
      }),
    );
  });

  test("names one reason never twice", () => {
    fc.assert(
      fc.property(ruleLists, images, (rules, evidence) => {
        const keys = judge(rules, evidence).reasons.map((reason) => reason.key);
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  test("is asked again only at a time to come", () => {
    fc.assert(
      fc.property(ruleLists, evidences, (rules, evidence) => {
        expect(judge(rules, evidence).recheckAt ?? NOW + 1).toBeGreaterThan(NOW);
      }),
    );
  });
});

function mirrored(evidence: ImageEvidence): ImageEvidence {
  const mirrorReport = (given: ScanReport): ScanReport => ({ ...given, findings: given.findings.toReversed() });
  const mirrorFindings = (found: FindingsEvidence): FindingsEvidence => {
    if (found.kind !== "reported") return found;
    const [first, ...rest] = found.reports.map(mirrorReport).toReversed();
    return first === undefined ? found : { ...found, reports: [first, ...rest] };
  };
  const { signatures: signers } = evidence;
  return {
    ...evidence,
    findings: mirrorFindings(evidence.findings),
    signatures: signers.kind === "examined" ? { ...signers, signatures: signers.signatures.toReversed() } : signers,
    children: evidence.children.map(mirrored).toReversed(),
  };
}

describe("a pattern", () => {
  const part = fc.stringMatching(/^[ab*]{1,4}$/).filter((text) => !text.includes("**"));
  const patterns = fc.array(fc.oneof({ weight: 3, arbitrary: part }, fc.constant("**")), { minLength: 1, maxLength: 5 });
  const texts = fc.array(fc.stringMatching(/^[ab]{1,4}$/), { minLength: 1, maxLength: 5 });

  test("fits what a plain recursive reading of the rule fits", () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        expect(matchesGlob(pattern.join("/"), text.join("/"))).toBe(fitsParts(pattern, text));
      }),
      { numRuns: 1_000 },
    );
  });
});

function fitsParts(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === "**") return fitsParts(rest, text) || (text.length > 0 && fitsParts(pattern, text.slice(1)));
  return text.length > 0 && fitsLetters(first, text[0] ?? "") && fitsParts(rest, text.slice(1));
}

function fitsLetters(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern.startsWith("*")) return fitsLetters(pattern.slice(1), text) || (text !== "" && fitsLetters(pattern, text.slice(1)));
  return text.startsWith(pattern.charAt(0)) && fitsLetters(pattern.slice(1), text.slice(1));
}

describe("a policy file", () => {
  const lines = [
    "apiVersion: moorgate.dev/v1",
    "kind: Policy",
    "metadata: { name: a }",
    "mode: enforce",
    "rules:",
    "  - { id: a, rule: scan-freshness, maxAge: 1d }",
    "  - ",
    "    level: warn",
    "trust: { keys: [] }",
    "? [a]",
    "- b",
    "x: *y",
    "&a b: c",
    "\t",
    "'",
  ];

  test("of whatever text is read or refused with places, and never fails otherwise", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.constantFrom(...lines)).map((chosen) => chosen.join("\n")),
          fc.string({ unit: "binary" }),
        ),
        (text) => {
          const problems = problemsOf(text);
          for (const { place } of problems) expect(place).toMatch(/^p\.yaml:\d+:\d+$/);
        },
      ),
      { numRuns: 250 },
    );
  });
});

function problemsOf(text: string): PolicyError["problems"] {
  try {
    parsePolicy(text, "p.yaml", "v");
    return [];
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
}

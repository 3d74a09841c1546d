import fc from "fast-check";
import { expect, test } from "vitest";
import type { FindingsEvidence, ImageEvidence } from "../../shared/domain/evidence.ts";
import type { Finding } from "../../shared/domain/finding.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../shared/domain/threat.ts";
import { instant } from "../../shared/domain/time.ts";
import { parsePolicySet } from "../../shared/policy/document.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import { openTally } from "../../shared/policy/tally/tally.ts";
import { digest, finding, image, index, NOW, report, reported, signature, signed, target } from "../unit/policy/given.ts";

const DAY = 86_400_000;
const days = (count: number) => instant(NOW - count * DAY);
const ids = fc.constantFrom("CVE-1", "CVE-2", "CVE-3");

const someFinding: fc.Arbitrary<Finding> = fc
  .record({
    id: ids,
    aliases: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(ids, { maxLength: 1 }) }),
    severity: fc.constantFrom("low", "medium", "high", "critical", "unknown"),
    name: fc.constantFrom("openssl", "zlib", "curl"),
    fixed: fc.constantFrom([], ["2"]),
    publishedAt: fc.constantFrom(undefined, days(5), days(20), days(50)),
    firstSeenAt: fc.constantFrom(undefined, days(2), days(40)),
    exploited: fc.constantFrom(undefined, true, false),
    suppressed: fc.boolean(),
  })
  .map(({ id, severity, name, aliases, fixed, publishedAt, firstSeenAt, exploited, suppressed }) => ({
    ...finding(id, severity, name, { aliases, fixed }),
    ...(publishedAt === undefined ? {} : { publishedAt }),
    ...(firstSeenAt === undefined ? {} : { firstSeenAt }),
    ...(exploited === undefined ? {} : { exploit: { isKnownExploited: exploited } }),
    ...(suppressed ? { status: { kind: "suppressed" as const, by: "trivy" } } : {}),
  }));

/** Images draw from one pool, as those that share a base do: the second one meets findings that were noted before. */
const pools = fc.array(someFinding, { minLength: 1, maxLength: 5 });

const evidenceFrom = (pool: readonly Finding[]): fc.Arbitrary<ImageEvidence> => {
  const lists = fc.subarray([...pool]);
  const findings: fc.Arbitrary<FindingsEvidence> = fc.oneof(
    { weight: 6, arbitrary: lists.map((found) => reported(report(found))) },
    { weight: 1, arbitrary: fc.tuple(lists, lists).map(([one, two]) => reported(report(one), report(two, { scanner: "grype" }))) },
    { weight: 1, arbitrary: lists.map((found): FindingsEvidence => ({ kind: "stale", why: "w", reports: [report(found)] })) },
    { weight: 1, arbitrary: lists.map((found) => reported(report(found, { origin: "posted" }))) },
    { weight: 1, arbitrary: fc.constant<FindingsEvidence>({ kind: "absent" }) },
  );
  const images = fc
    .record({
      findings,
      by: fc.constantFrom(signed(), signed(signature("ok", "release"))),
      vex: fc.constantFrom(false, false, false, false, true),
      firstSeenAt: fc.constantFrom(days(2), days(40)),
      pair: fc.constantFrom("11", "22"),
    })
    .map(({ findings: found, by, vex, pair, firstSeenAt }): ImageEvidence => {
      const made = image(found, by, { digest: digest(pair), firstSeenAt });
      const statement = {
        ids: ["CVE-1"],
        status: "not-affected",
        products: [],
        components: [],
        author: "v",
        saidAt: NOW,
        place: "p",
      } as const;
      return vex ? { ...made, vex: { kind: "examined", statements: [statement] } } : made;
    });
  return fc.oneof(
    { weight: 5, arbitrary: images },
    { weight: 1, arbitrary: fc.array(images, { maxLength: 2 }).map((children) => index(children)) },
  );
};

const RULES = [
  "id: a, rule: severity-threshold, atLeast: high",
  "id: b, rule: severity-threshold, atLeast: medium, ignoreUnfixed: true, whenUnknown: hold",
  "id: c, rule: severity-threshold, atLeast: high, grace: { since: published, for: { high: 30d, critical: 14d } }",
  "id: d, rule: severity-threshold, atLeast: low, grace: { since: firstSeen, for: 30d }",
  "id: e, rule: known-exploited",
  "id: f, rule: exploit-probability, probability: 0.5, whenUnscored: ignore",
  "id: g, rule: scan-freshness, maxAge: 14d, whenUnknown: hold",
  "id: h, rule: signature-required, signers: [release], select: { repository: shop/a* }",
  "id: i, rule: severity-threshold, atLeast: critical, enforceFrom: 2026-12-01",
  "id: j, rule: severity-threshold, atLeast: medium, level: audit",
];
const WAIVERS = [
  "scope: { vulnerabilities: [CVE-1] }, severity: critical, evenIfFixed: true, evenIfExploited: true",
  "scope: { vulnerabilities: [CVE-2], image: { repository: shop/** } }, severity: high",
  "scope: { package: { name: zlib } }, severity: medium",
  "scope: { rules: [g] }",
  "scope: { vulnerabilities: [CVE-3], image: { digest: [sha256:" + "11".repeat(32) + "] } }, severity: critical, evenIfFixed: true",
];
const LAYER = `apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: part }\nscope: { tag: v* }\nrules:\n  - { id: a, rule: severity-threshold, atLeast: critical }\n`;

const policies = fc
  .record({
    rules: fc.subarray(RULES, { minLength: 1 }),
    waivers: fc.subarray(WAIVERS),
    settings: fc.constantFrom("{}", "{ trustSuppressions: [trivy] }", "{ trustReports: [attached] }", '{ trustVex: ["author:v"] }'),
    layered: fc.boolean(),
  })
  .map(({ rules, waivers, settings, layered }) => {
    const keys = "trust: { keys: [{ name: release, file: release.pub }] }";
    const root = `apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: t }\nmode: enforce\n${keys}\nfindings: ${settings}\nrules:\n${rules.map((rule) => `  - { ${rule} }\n`).join("")}`;
    const common = "owner: o, reason: r, approvedBy: p, createdAt: 2026-11-01, expiresAt: 2026-12-20";
    const known = waivers.filter((waiver) => !waiver.includes("rules: [g]") || rules.some((rule) => rule.startsWith("id: g,")));
    const list = known.map((waiver, number) => `  - { id: w-${number}, ${waiver}, ${common} }\n`).join("");
    const texts = [
      ...(list === "" ? [] : [{ text: `apiVersion: moorgate.dev/v1\nkind: Waivers\nwaivers:\n${list}`, file: "waivers.yaml" }]),
      ...(layered ? [{ text: LAYER, file: "part.yaml" }] : []),
    ];
    return parsePolicySet({ text: root, file: "policy.yaml" }, texts, "v");
  });

const FED: ThreatFacts = {
  ...NO_THREAT_FACTS,
  knownExploited: {
    kind: "read",
    digest: digest("0b"),
    madeAt: NOW,
    entries: new Map([["CVE-2", { addedAt: days(9), usedByRansomware: "unknown" }]]),
  },
  exploitPrediction: {
    kind: "read",
    digest: digest("0c"),
    madeAt: NOW,
    entries: new Map([["CVE-1", { probability: 0.9, percentile: 0.9 }]]),
  },
};
const withdrawn = { kind: "read", digest: digest("0d"), madeAt: NOW, entries: new Map([["CVE-3", { at: days(1) }]]) } as const;
const threats = fc.constantFrom<ThreatFacts>(FED, FED, FED, { ...FED, withdrawn }, NO_THREAT_FACTS);

test("judging many images at once gives the verdict of each alone", () => {
  fc.assert(
    fc.property(
      pools.chain((pool) => fc.array(evidenceFrom(pool), { minLength: 1, maxLength: 6 })),
      policies,
      threats,
      (images, policy, facts) => {
        const tally = openTally(policy, NOW, facts);
        for (const [number, evidence] of images.entries()) {
          const name = target(number % 2 === 0 ? "shop/api" : "tools/lint", number % 3 === 0 ? ["v1"] : ["1.0", "v1"]);
          const { kind, holdsUnknown, reasons } = evaluate(policy, name, evidence, NOW, facts);
          const violated = reasons.filter(({ status }) => status === "violated").length;
          expect(tally(name, evidence)).toEqual({ kind, holdsUnknown, violated });
        }
      },
    ),
    { numRuns: 400 },
  );
});

test("more violations of one rule than a verdict tells are counted as it counts them", () => {
  const many = Array.from({ length: 230 }, (_, number) => finding(`CVE-${number}`, "critical"));
  const text =
    "apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: t }\nmode: enforce\nrules: [{ id: a, rule: severity-threshold, atLeast: high }]";
  const policy = parsePolicySet({ text, file: "policy.yaml" }, [], "v");
  expect(openTally(policy, NOW)(target(), image(reported(report(many)))).violated).toBe(200);
});

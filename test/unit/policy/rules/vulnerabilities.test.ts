import { describe, expect, test } from "vitest";
import type { Finding } from "../../../../shared/domain/finding.ts";
import { type ExploitPrediction, type KnownExploited, NO_THREAT_FACTS, type Snapshot } from "../../../../shared/domain/threat.ts";
import { at, digest, finding, image, report, reported } from "../given.ts";
import { judge, outcome } from "./given.ts";

const found = (...findings: readonly Finding[]) => image(reported(report(findings)));
const told = (id: string, more: Partial<Finding> = {}): Finding => ({ ...finding(id, "high", "lib"), ...more });

describe("severity-threshold", () => {
  const of = (settings: string, ...findings: readonly Finding[]) =>
    outcome(judge(`rule: severity-threshold, ${settings}`, found(...findings)));
  const HIT = ["violated a|CVE-1|lib"];

  test("goes by a score as well as by a severity", () => {
    expect(of("score: 7", told("CVE-1", { score: 7, severity: "low" }))).toEqual(HIT);
    expect(of("score: 7", told("CVE-1", { score: 6.9 }))).toEqual([]);
    expect(of("score: 7", told("CVE-1"))).toEqual([]);
    expect(of("score: 7, atLeast: high", told("CVE-1", { score: 6.9 }))).toEqual(HIT);
  });

  test("without a threshold counts every finding that is meant, as a list of what is never allowed", () => {
    expect(of("ids: [CVE-1]", told("CVE-1"), told("CVE-2"))).toEqual(HIT);
    expect(of("ids: [GHSA-*]", told("CVE-1", { aliases: ["GHSA-x"] }))).toEqual(HIT);
  });

  test("looks at certain kinds of packages, and passes named ones over", () => {
    const npm = told("CVE-1", { package: { name: "lib", version: "1", type: "node-pkg", purl: "pkg:npm/lib@1" } });
    expect(of("atLeast: low, packageTypes: [npm]", npm)).toEqual(HIT);
    expect(of("atLeast: low, packageTypes: [node-pkg]", npm)).toEqual(HIT);
    expect(of("atLeast: low, packageTypes: [deb]", npm)).toEqual([]);
    expect(of("atLeast: low, exceptPackages: [lib*]", npm)).toEqual([]);
  });

  test("goes by parts of the vector, and does not pass a finding over that has none", () => {
    const cvss = (vector: string, version: "2" | "3.1" | "4.0" = "3.1") => told("CVE-1", { cvss: [{ source: "nvd", version, vector }] });
    expect(of("vector: { AV: [N], PR: [N] }", cvss("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"))).toEqual(HIT);
    expect(of("vector: { AV: [N], PR: [N] }", cvss("CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N", "4.0"))).toEqual([]);
    expect(of("vector: { AV: [N] }", cvss("CVSS:3.1/AV:L/AC:L/PR:N/UI:N/MAV:N"))).toEqual([]);
    expect(of("vector: { AV: [N] }", told("CVE-1"))).toEqual(HIT);
    expect(of("vector: { AV: [N] }", cvss("AV:L/AC:L/Au:N", "2"))).toEqual(HIT);
  });

  describe("with a grace", () => {
    const published = (text: string) => told("CVE-1", { publishedAt: at(text) });

    test("waits until it ends, and says when", () => {
      const rule = "rule: severity-threshold, atLeast: high, grace: { since: published, for: 14d }";
      const young = judge(rule, found(published("2026-11-07T12:00:01Z"), told("CVE-2", { publishedAt: at("2026-11-20T00:00:00Z") })));
      expect(outcome(young)).toEqual([]);
      expect(young.recheckAt).toBe(at("2026-11-21T12:00:01Z"));
      expect(outcome(judge(rule, found(published("2026-11-07T12:00:00Z"))))).toEqual(HIT);
    });

    test("may differ by severity; a severity that is left out has none", () => {
      const settings = "atLeast: low, grace: { since: published, for: { critical: 1d, high: 30d } }";
      const at20 = published("2026-11-01T00:00:00Z");
      expect(of(settings, at20)).toEqual([]);
      expect(of(settings, { ...at20, severity: "critical", severities: [] })).toEqual(HIT);
      expect(of(settings, { ...at20, severity: "low", severities: [] })).toEqual(HIT);
    });

    test("goes by the clock of the fix or of the image, and is none where that date is not known", () => {
      expect(of("grace: { since: published, for: 14d }", told("CVE-1"))).toEqual(HIT);
      const fixed = (text: string) => told("CVE-1", { fix: { state: "fixed", versions: ["2"], availableAt: at(text) } });
      expect(of("grace: { since: fixAvailable, for: 14d }", fixed("2026-11-20T00:00:00Z"))).toEqual([]);
      expect(of("grace: { since: fixAvailable, for: 14d }", fixed("2026-10-20T00:00:00Z"))).toEqual(HIT);
      expect(of("grace: { since: fixAvailable, for: 14d }", told("CVE-1"))).toEqual(HIT);
      // first seen here two hours ago
      expect(of("grace: { since: firstSeen, for: 3h }", told("CVE-1"))).toEqual([]);
      expect(of("grace: { since: firstSeen, for: 1h }", told("CVE-1"))).toEqual(HIT);
      expect(of("grace: { since: firstSeen, for: 3h }", told("CVE-1", { firstSeenAt: at("2026-11-01T00:00:00Z") }))).toEqual(HIT);
    });
  });
});

const snapshot = <Entry>(entries: Readonly<Record<string, Entry>>): Snapshot<Entry> => ({
  kind: "read",
  digest: digest("cc"),
  madeAt: at("2026-11-20T00:00:00Z"),
  entries: new Map(Object.entries(entries)),
});

const FAILED = { kind: "unavailable", why: "404" } as const;

describe("known-exploited", () => {
  const ENTRY: KnownExploited = { addedAt: at("2026-11-10T00:00:00Z"), dueAt: at("2026-12-01T23:59:59Z"), usedByRansomware: false };
  const kev = { ...NO_THREAT_FACTS, knownExploited: snapshot<KnownExploited>({ "CVE-1": ENTRY }) };
  const rule = "rule: known-exploited";
  const HIT = ["violated a|CVE-1|lib"];

  test("finds an entry under any of a finding's names", () => {
    expect(outcome(judge(rule, found(told("CVE-1"), told("CVE-2")), { threats: kev }))).toEqual(HIT);
    expect(outcome(judge(rule, found(told("GHSA-x", { aliases: ["CVE-1"] })), { threats: kev }))).toEqual(HIT);
    expect(outcome(judge(rule, found(told("CVE-2")), { threats: kev }))).toEqual([]);
  });

  test("believes a report that knows of attacks", () => {
    const attacked = told("CVE-9", { exploit: { isKnownExploited: true } });
    expect(outcome(judge(rule, found(attacked), { threats: kev }))).toEqual(["violated a|CVE-9|lib"]);
    expect(outcome(judge(rule, found(attacked)))).toEqual(["violated a|CVE-9|lib", "unknown a|feed"]);
  });

  test.each([NO_THREAT_FACTS, { ...NO_THREAT_FACTS, knownExploited: FAILED }])(
    "is unknown without the catalogue, but for an image with no findings",
    (threats) => {
      expect(outcome(judge(rule, found(told("CVE-2")), { threats }))).toEqual(["unknown a|feed"]);
      expect(outcome(judge(rule, found(), { threats }))).toEqual([]);
      expect(outcome(judge(rule, image({ kind: "absent" }), { threats }))).toEqual(["unknown a|findings"]);
    },
  );

  test("waits until the due date, or for a time after it was added, and says until when", () => {
    const due = judge(`${rule}, grace: untilDue`, found(told("CVE-1")), { threats: kev });
    expect([outcome(due), due.recheckAt]).toEqual([[], ENTRY.dueAt]);
    const added = judge(`${rule}, grace: 14d`, found(told("CVE-1")), { threats: kev });
    expect([outcome(added), added.recheckAt]).toEqual([[], at("2026-11-24T00:00:00Z")]);
    expect(outcome(judge(`${rule}, grace: 11d`, found(told("CVE-1")), { threats: kev }))).toEqual(HIT);
    const { dueAt: _, ...undated } = ENTRY;
    const noDate = { ...kev, knownExploited: snapshot<KnownExploited>({ "CVE-1": undated }) };
    expect(outcome(judge(`${rule}, grace: untilDue`, found(told("CVE-1")), { threats: noDate }))).toEqual(HIT);
  });

  test.each([
    [false, []],
    [true, HIT],
    ["unknown", HIT],
  ] as const)("with onlyRansomware takes an entry whose use by ransomware is %s for %j", (usedByRansomware, expected) => {
    const threats = { ...kev, knownExploited: snapshot<KnownExploited>({ "CVE-1": { ...ENTRY, usedByRansomware } }) };
    expect(outcome(judge(`${rule}, onlyRansomware: true`, found(told("CVE-1")), { threats }))).toEqual(expected);
  });

  test("passes over what has no fix only when it is told to", () => {
    expect(outcome(judge(`${rule}, ignoreUnfixed: true`, found(told("CVE-1")), { threats: kev }))).toEqual([]);
  });
});

describe("exploit-probability", () => {
  const epss = (probability: number, percentile: number) => ({
    ...NO_THREAT_FACTS,
    exploitPrediction: snapshot<ExploitPrediction>({ "CVE-1": { probability, percentile } }),
  });
  const of = (settings: string, threats = epss(0.5, 0.97), ...findings: readonly Finding[]) =>
    outcome(judge(`rule: exploit-probability${settings}`, found(...(findings.length === 0 ? [told("CVE-1")] : findings)), { threats }));
  const HIT = ["violated a|CVE-1|lib"];

  test("goes by probability, by percentile, or by both, either of which is enough", () => {
    expect(of(", probability: 0.5")).toEqual(HIT);
    expect(of(", probability: 0.51")).toEqual([]);
    expect(of(", percentile: 0.97")).toEqual(HIT);
    expect(of(", probability: 0.9, percentile: 0.9")).toEqual(HIT);
    expect(of("")).toEqual(HIT);
    expect(of("", epss(0.5, 0.94))).toEqual([]);
  });

  test("prefers the dated feed to what a report tells", () => {
    expect(of(", probability: 0.6", epss(0.5, 0.9), told("CVE-1", { exploit: { probability: 0.99 } }))).toEqual([]);
    expect(of(", probability: 0.6", epss(0.5, 0.9), told("CVE-3", { exploit: { probability: 0.99 } }))).toEqual(["violated a|CVE-3|lib"]);
  });

  test("tells once that predictions are missing, unless it is told to pass them over", () => {
    expect(of("", epss(0, 0), told("CVE-3"), told("GHSA-x"))).toEqual(["unknown a|unscored"]);
    expect(of(", whenUnscored: ignore", epss(0, 0), told("CVE-3"))).toEqual([]);
  });

  test("is unknown without the feed, whatever is to be ignored, but for findings that reports predict", () => {
    expect(of(", whenUnscored: ignore", NO_THREAT_FACTS as ReturnType<typeof epss>)).toEqual(["unknown a|feed"]);
    expect(outcome(judge("rule: exploit-probability, probability: 0.5", found(told("CVE-1", { exploit: { probability: 0.1 } }))))).toEqual(
      [],
    );
    expect(outcome(judge("rule: exploit-probability", image({ kind: "pending", why: "x" })))).toEqual(["unknown a|findings"]);
  });
});

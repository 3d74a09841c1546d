import { describe, expect, test } from "vitest";
import type { Finding } from "../../../shared/domain/finding.ts";
import { countsAs, mergeFindings } from "../../../shared/policy/findings/merge.ts";
import { FINDING_SETTINGS, type FindingSettings } from "../../../shared/policy/findings/settings.ts";
import { at, finding } from "./given.ts";

const DEFAULTS = FINDING_SETTINGS.parse({});

const merged = (findings: readonly Finding[], settings: Partial<FindingSettings> = {}) =>
  mergeFindings(findings, { ...DEFAULTS, ...settings });

describe("findings of several reports", () => {
  test("are one where they name the same id in the same package, each kept as it was told", () => {
    const both = [finding("CVE-2026-1", "low"), finding("CVE-2026-1", "high", "openssl", { fixed: ["3.0.14"] })];
    const joined = merged(both);
    expect(joined).toMatchObject([{ id: "CVE-2026-1", package: "openssl", fix: { state: "fixed", versions: ["3.0.14"] } }]);
    expect(joined[0]?.told).toEqual(both);
  });

  test("are one where an alias joins them, under the CVE's name", () => {
    const other = finding("CVE-2026-1", "high", "openssl", { aliases: ["GHSA-aaaa-bbbb-cccc"] });
    expect(merged([finding("GHSA-aaaa-bbbb-cccc", "high"), other])).toMatchObject([{ id: "CVE-2026-1", aliases: ["GHSA-aaaa-bbbb-cccc"] }]);
  });

  test("are one where a third finding joins two that were apart, in any order", () => {
    const a = finding("GO-2026-1", "low");
    const b = finding("CVE-2026-1", "low");
    const bridge = finding("GHSA-x", "low", "openssl", { aliases: ["GO-2026-1", "CVE-2026-1"] });
    const orders = [
      [a, b, bridge],
      [bridge, a, b],
      [a, bridge, b],
    ];
    for (const order of orders) expect(merged(order)).toHaveLength(1);
  });

  test("stay apart in different packages", () => {
    expect(merged([finding("CVE-2026-1", "low", "openssl"), finding("CVE-2026-1", "low", "libssl3")])).toHaveLength(2);
  });

  test("in several versions of one package are one, with all the versions", () => {
    const both = ["4.17.4", "3.10.1"].map((version) => finding("CVE-2026-1", "low", "lodash", { version }));
    expect(merged(both)).toMatchObject([{ versions: ["3.10.1", "4.17.4"] }]);
  });

  test("name their fix whatever a report without one says", () => {
    const both = [{ fix: "wont-fix" as const }, { fixed: ["2"] }].map((words) => finding("CVE-2026-1", "low", "a", words));
    expect(merged(both)).toMatchObject([{ fix: { state: "fixed", versions: ["2"] } }]);
  });

  test("are joined in little time also where a long chain of aliases joins them", () => {
    const chain = Array.from({ length: 20_000 }, (_, link) => finding(`X-${link}`, "low", "a", { aliases: [`X-${link + 1}`] }));
    expect(merged(chain)).toHaveLength(1);
  });

  test("keep the earliest times, the highest score, every kind, path and place that anybody told", () => {
    const one = finding("CVE-2026-1", "low");
    const both: readonly Finding[] = [
      { ...one, publishedAt: at("2026-03-01T00:00:00Z"), score: 5, package: { ...one.package, path: "/b", source: "openssl-src" } },
      { ...one, publishedAt: at("2026-02-01T00:00:00Z"), score: 7, package: { ...one.package, path: "/a", type: "deb" } },
    ];
    expect(merged(both)).toMatchObject([
      { publishedAt: at("2026-02-01T00:00:00Z"), score: 7, paths: ["/a", "/b"], types: ["deb", "debian"], sourcePackages: ["openssl-src"] },
    ]);
  });

  test("are known to be exploited where any source says so", () => {
    const one = finding("CVE-2026-1", "low");
    const both: readonly Finding[] = [
      { ...one, exploit: { isKnownExploited: false, probability: 0.1 } },
      { ...one, exploit: { isKnownExploited: true } },
    ];
    expect(merged(both)).toMatchObject([{ exploit: { isKnownExploited: true, probability: 0.1 } }]);
  });

  test("of one report are the same objects for every image that has them", () => {
    const one = finding("CVE-2026-1", "low");
    expect(merged([one], DEFAULTS)[0]?.told[0]).toBe(one);
    expect(mergeFindings([one], DEFAULTS)[0]).toBe(mergeFindings([one], DEFAULTS)[0]);
  });
});

describe("the severity that counts", () => {
  const rated = (claims: Readonly<Record<string, Finding["severity"]>>, more: Partial<Finding> = {}): Finding => ({
    ...finding("CVE-2023-0464", "high"),
    severities: Object.entries(claims).map(([source, severity]) => ({ source, raw: severity, severity })),
    ...more,
  });
  const counted = (findings: readonly Finding[], severityFrom?: readonly string[]) => {
    const [{ severity, severityBy } = { severity: "none", severityBy: [] }] = merged(
      findings,
      severityFrom === undefined ? {} : { severityFrom: [...severityFrom] },
    );
    return [severity, ...severityBy];
  };

  test("is that of the package's own distribution first, then NVD, then GitHub", () => {
    expect(counted([rated({ nvd: "high", debian: "low" })])).toEqual(["low", "debian"]);
    expect(counted([rated({ nvd: "high", ghsa: "critical" })])).toEqual(["high", "nvd"]);
    expect(counted([rated({ ghsa: "medium" })])).toEqual(["medium", "ghsa"]);
  });

  test("is never that of another distribution, which speaks of its own packages only", () => {
    expect(counted([rated({ redhat: "low", nvd: "high" })])).toEqual(["high", "nvd"]);
    const npm = { package: { name: "minimist", version: "1", type: "npm", purl: "pkg:npm/minimist@1" } };
    expect(counted([rated({ redhat: "low", ghsa: "critical" }, npm)])).toEqual(["critical", "ghsa"]);
    const rpm = { package: { name: "openssl", version: "1", type: "rpm", purl: "pkg:rpm/redhat/openssl@1" } };
    expect(counted([rated({ redhat: "low", nvd: "high" }, rpm)])).toEqual(["low", "redhat"]);
  });

  test("is chosen by the policy, and may be the worst that anybody gave", () => {
    const told = [rated({ nvd: "critical", debian: "low" })];
    expect(counted(told, ["nvd"])).toEqual(["critical", "nvd"]);
    expect(counted(told, ["highest"])).toEqual(["critical", "nvd"]);
    expect(counted(told, ["scanner"])[0]).toBe("high");
  });

  test("is the worst rating where none of the named has rated it, and unknown where nobody has", () => {
    expect(counted([rated({ redhat: "medium" }, { severity: "unknown" })])).toEqual(["medium", "redhat"]);
    expect(counted([rated({}, { severity: "unknown" })])).toEqual(["unknown"]);
  });

  test("is that of the report which counts worst, so that no report plays another down", () => {
    expect(counted([rated({ nvd: "high" }), rated({ debian: "low" })])).toEqual(["high", "nvd"]);
  });

  test("of a finding that one report does not rate is at least what unrated findings count as", () => {
    const [joined] = merged([rated({ nvd: "low" }), rated({}, { severity: "unknown" })]);
    expect(joined && countsAs(joined, "high")).toBe("high");
    expect(joined && countsAs(joined, "ignore")).toBe("low");
  });
});

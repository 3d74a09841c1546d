import { describe, expect, test } from "vitest";
import { mergeFindings } from "../../../shared/policy/findings.ts";
import { finding, report } from "./given.ts";

const all = () => true;

describe("findings of several reports", () => {
  test("are one where they name the same id in the same package, each with its report", () => {
    const reports = [report([finding("CVE-2026-1", "low")]), report([finding("CVE-2026-1", "high", "openssl", { fixed: ["3.0.14"] })])];
    const joined = mergeFindings(reports, all);
    expect(joined).toMatchObject([{ id: "CVE-2026-1", package: "openssl", fix: { state: "fixed", versions: ["3.0.14"] } }]);
    expect(joined[0]?.told.map(({ report: by }) => reports.indexOf(by))).toEqual([0, 1]);
  });

  test("are one where an alias joins them, under the CVE's name", () => {
    const other = finding("CVE-2026-1", "high", "openssl", { aliases: ["GHSA-aaaa-bbbb-cccc"] });
    const joined = mergeFindings([report([finding("GHSA-aaaa-bbbb-cccc", "high")]), report([other])], all);
    expect(joined).toMatchObject([{ id: "CVE-2026-1", aliases: ["GHSA-aaaa-bbbb-cccc"] }]);
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
    for (const order of orders) expect(mergeFindings([report(order)], all)).toHaveLength(1);
  });

  test("stay apart in different packages", () => {
    const both = [finding("CVE-2026-1", "low", "openssl"), finding("CVE-2026-1", "low", "libssl3")];
    expect(mergeFindings([report(both)], all)).toHaveLength(2);
  });

  test("in several versions of one package are one, with all the versions", () => {
    const both = ["4.17.4", "3.10.1"].map((version) => finding("CVE-2026-1", "low", "lodash", { version }));
    expect(mergeFindings([report(both)], all)).toMatchObject([{ versions: ["3.10.1", "4.17.4"] }]);
  });

  test("name their fix whatever a report without one says", () => {
    const reports = [{ fix: "wont-fix" as const }, { fixed: ["2"] }].map((words) => report([finding("CVE-2026-1", "low", "a", words)]));
    expect(mergeFindings(reports, all)).toMatchObject([{ fix: { state: "fixed", versions: ["2"] } }]);
  });

  test("are given only where one of the same vulnerability matters, and then with all that was told of it", () => {
    const mild = finding("CVE-2026-1", "low");
    const reports = [report([mild, finding("CVE-2026-2", "low")]), report([finding("CVE-2026-1", "high")])];
    const joined = mergeFindings(reports, ({ severity }) => severity === "high");
    expect(joined.map(({ id, told }) => [id, told.length])).toEqual([["CVE-2026-1", 2]]);
  });

  test("are joined in little time also where a long chain of aliases joins them", () => {
    const chain = Array.from({ length: 20_000 }, (_, link) => finding(`X-${link}`, "low", "a", { aliases: [`X-${link + 1}`] }));
    expect(mergeFindings([report(chain)], all)).toHaveLength(1);
  });
});

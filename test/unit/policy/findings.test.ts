import { describe, expect, test } from "vitest";
import { mergeFindings } from "../../../shared/policy/findings.ts";
import { finding, report } from "./given.ts";

describe("findings of several reports", () => {
  test("are one where they name the same id in the same package", () => {
    const merged = mergeFindings([
      report([finding("CVE-2026-1", "low")]),
      report([finding("CVE-2026-1", "high", "openssl", { fixed: ["3.0.14"] })]),
    ]);
    expect(merged).toMatchObject([{ id: "CVE-2026-1", package: "openssl", fix: { state: "fixed", versions: ["3.0.14"] } }]);
    expect(merged[0]?.members).toHaveLength(2);
  });

  test("are one where an alias joins them, under the CVE's name", () => {
    const merged = mergeFindings([
      report([finding("GHSA-aaaa-bbbb-cccc", "high")]),
      report([finding("CVE-2026-1", "high", "openssl", { aliases: ["GHSA-aaaa-bbbb-cccc"] })]),
    ]);
    expect(merged).toMatchObject([{ id: "CVE-2026-1", aliases: ["GHSA-aaaa-bbbb-cccc"] }]);
  });

  test("are one where a third finding joins two that were apart, in any order", () => {
    const [a, b, bridge] = [
      finding("GO-2026-1", "low"),
      finding("CVE-2026-1", "low"),
      finding("GHSA-x", "low", "openssl", { aliases: ["GO-2026-1", "CVE-2026-1"] }),
    ];
    for (const order of [
      [a, b, bridge],
      [bridge, a, b],
      [a, bridge, b],
    ])
      expect(mergeFindings([report(order)])).toHaveLength(1);
  });

  test("stay apart in different packages", () => {
    expect(mergeFindings([report([finding("CVE-2026-1", "low", "openssl"), finding("CVE-2026-1", "low", "libssl3")])])).toHaveLength(2);
  });

  test("in several versions of one package are one, with all the versions", () => {
    const merged = mergeFindings([
      report([
        finding("CVE-2026-1", "low", "lodash", { version: "4.17.4" }),
        finding("CVE-2026-1", "low", "lodash", { version: "3.10.1" }),
      ]),
    ]);
    expect(merged).toMatchObject([{ versions: ["3.10.1", "4.17.4"] }]);
  });

  test("name their fix whatever a report without one says", () => {
    const merged = mergeFindings([
      report([finding("CVE-2026-1", "low", "a", { fix: "wont-fix" })]),
      report([finding("CVE-2026-1", "low", "a", { fixed: ["2"] })]),
    ]);
    expect(merged).toMatchObject([{ fix: { state: "fixed", versions: ["2"] } }]);
  });

  test("are joined in little time also where a long chain of aliases joins them", () => {
    const chain = Array.from({ length: 20_000 }, (_, link) => finding(`X-${link}`, "low", "a", { aliases: [`X-${link + 1}`] }));
    expect(mergeFindings([report(chain)])).toHaveLength(1);
  });
});

import { describe, expect, test } from "vitest";
import { parsePolicySet } from "../../../shared/policy/document.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";
import { decide, type ImportDecision, type Imported } from "../../../shared/policy/waivers/import.ts";
import { readGrypeIgnore } from "../../../shared/policy/waivers/import-grype.ts";
import { readOpenVexAsDrafts } from "../../../shared/policy/waivers/import-openvex.ts";
import { readTrivyIgnore, readTrivyIgnoreYaml } from "../../../shared/policy/waivers/import-trivy.ts";
import { printWaivers } from "../../../shared/policy/waivers/text.ts";
import { at, digest } from "./given.ts";

const leftOut = ({ leftOut: entries }: Imported) => entries.map(({ from }) => from);

describe("a .trivyignore", () => {
  const read = readTrivyIgnore(
    "# Not reachable\nCVE-2026-1 exp:2026-12-31\n\nCVE-2026-2 # upstream says no\nAVD-DS-0002\nCVE-2026-3 exp:soon\n",
    ".trivyignore",
  );

  test("gives ids, their end, and the comment at or right above each as its reason", () => {
    expect(read.drafts).toEqual([
      {
        from: ".trivyignore:2",
        scope: { vulnerabilities: ["CVE-2026-1"] },
        reason: "Not reachable",
        expiresAt: at("2026-12-31T00:00:00Z"),
      },
      { from: ".trivyignore:4", scope: { vulnerabilities: ["CVE-2026-2"] }, reason: "upstream says no" },
    ]);
  });

  test("gives no waiver for what is no vulnerability or has an end that is no day", () => {
    expect(leftOut(read)).toEqual([".trivyignore:5", ".trivyignore:6"]);
  });
});

describe("a .trivyignore.yaml", () => {
  test("gives entries with statement, end and packages, and leaves out what is for some paths only or no vulnerability", () => {
    const text = `vulnerabilities:
  - { id: CVE-2026-1, statement: accepted, expired_at: 2026-12-31 }
  - { id: CVE-2026-2, purls: ['pkg:npm/%40babel/core@7.1.0', 'pkg:deb/debian/curl'] }
  - { id: CVE-2026-3, paths: [usr/bin] }
secrets:
  - { id: aws }
`;
    const read = readTrivyIgnoreYaml(text, "t.yaml");
    expect(read.drafts.map(({ scope, reason, expiresAt }) => [scope, reason, expiresAt])).toEqual([
      [{ vulnerabilities: ["CVE-2026-1"] }, "accepted", at("2026-12-31T00:00:00Z")],
      [{ vulnerabilities: ["CVE-2026-2"], package: { purl: ["pkg:npm/@babel/core"], version: ["7.1.0"] } }, undefined, undefined],
      [{ vulnerabilities: ["CVE-2026-2"], package: { purl: ["pkg:deb/debian/curl"] } }, undefined, undefined],
    ]);
    expect(leftOut(read)).toHaveLength(2);
  });

  test("of another shape is refused with its place", () => {
    expect(() => readTrivyIgnoreYaml("vulnerabilities: [1]", "t.yaml")).toThrow(PolicyError);
  });
});

describe("Grype's ignore rules", () => {
  test("give vulnerability, package and version; a rule for what is fixed stays for it", () => {
    const text = `ignore:
  - { vulnerability: CVE-2026-1, reason: no, package: { name: openssl, version: 3.0.11 } }
  - { vulnerability: CVE-2026-2, fix-state: fixed }
  - { vulnerability: CVE-2026-3, fix-state: wont-fix, include-aliases: true, package: { upstream-name: glibc } }
`;
    expect(readGrypeIgnore(text, "g.yaml").drafts.map(({ scope, reason, evenIfFixed }) => ({ scope, reason, evenIfFixed }))).toEqual([
      { scope: { vulnerabilities: ["CVE-2026-1"], package: { name: ["openssl"], version: ["3.0.11"] } }, reason: "no" },
      { scope: { vulnerabilities: ["CVE-2026-2"] }, evenIfFixed: true },
      { scope: { vulnerabilities: ["CVE-2026-3"], package: { name: ["glibc"] } } },
    ]);
  });

  test.each([
    ["by location", "vulnerability: CVE-2026-1, package: { location: /usr/** }"],
    ["by kind of package", "vulnerability: CVE-2026-1, package: { type: gem }"],
    ["by namespace", "vulnerability: CVE-2026-1, namespace: nvd"],
    ["by VEX", "vex-status: not_affected"],
    ["to no vulnerability", "package: { name: linux-libc-dev }"],
    ["by a regular expression", "vulnerability: CVE-2026-1, package: { name: 'linux(-.*)?' }"],
  ])("that are narrowed %s are left out: a waiver without it would waive more", (_, rule) => {
    const read = readGrypeIgnore(`ignore:\n  - { ${rule} }\n`, "g.yaml");
    expect([read.drafts, leftOut(read).length]).toEqual([[], 1]);
  });
});

describe("an OpenVEX document", () => {
  const read = (statements: readonly unknown[]) =>
    readOpenVexAsDrafts(JSON.stringify({ "@context": "https://openvex.dev/ns/v0.2.0", statements }), "v.json");

  test("gives each product that is not affected: packages, images by digest, packages inside of an image", () => {
    const image = `pkg:oci/api@${digest("11").replace(":", "%3A")}`;
    const { drafts } = read([
      {
        vulnerability: { name: "CVE-2026-1", aliases: ["GHSA-1"] },
        status: "not_affected",
        justification: "component_not_present",
        products: [
          "pkg:deb/debian/openssl@3.0.11?arch=amd64",
          { "@id": image },
          { "@id": image, subcomponents: [{ identifiers: { purl: "pkg:npm/a@1" } }] },
        ],
      },
    ]);
    expect(drafts.map(({ scope, reason }) => [scope, reason])).toEqual([
      [
        { vulnerabilities: ["CVE-2026-1", "GHSA-1"], package: { purl: ["pkg:deb/debian/openssl"], version: ["3.0.11"] } },
        "component_not_present",
      ],
      [{ vulnerabilities: ["CVE-2026-1", "GHSA-1"], image: { digest: [digest("11")] } }, "component_not_present"],
      [
        { vulnerabilities: ["CVE-2026-1", "GHSA-1"], image: { digest: [digest("11")] }, package: { purl: ["pkg:npm/a"], version: ["1"] } },
        "component_not_present",
      ],
    ]);
  });

  test.each([
    ["is affected", { status: "affected", products: ["pkg:npm/a"] }],
    ["is under investigation", { status: "under_investigation", products: ["pkg:npm/a"] }],
    ["is named by a tag only", { status: "not_affected", products: ["pkg:oci/api?tag=1.0"] }],
    ["is named by no package URL", { status: "not_affected", products: ["my product"] }],
    ["is not named", { status: "not_affected" }],
  ])("gives nothing for a product that %s", (_, statement) => {
    const { drafts, leftOut: entries } = read([{ vulnerability: "CVE-2026-1", ...statement }]);
    expect([drafts, entries.length]).toEqual([[], 1]);
  });

  test("of another shape is refused", () => {
    expect(() => readOpenVexAsDrafts("{}", "v.json")).toThrow(PolicyError);
    expect(() => readOpenVexAsDrafts("{", "v.json")).toThrow(PolicyError);
  });
});

describe("drafts become waivers", () => {
  const DECISION: ImportDecision = { owner: "shop", approvedBy: "security", severity: "high", createdAt: at("2026-11-21T00:00:00Z") };
  const draft = { from: "x:1", scope: { vulnerabilities: ["CVE-2026-1"] } };

  test("only with an end that is still to come and a reason, theirs or the given one", () => {
    const more = { expiresAt: at("2026-12-21T00:00:00Z"), reason: "given" };
    expect(decide({ drafts: [draft], leftOut: [] }, DECISION)).toMatchObject({ waivers: [], leftOut: [{ from: "x:1" }] });
    expect(decide({ drafts: [draft], leftOut: [] }, { ...DECISION, expiresAt: more.expiresAt })).toMatchObject({ waivers: [] });
    expect(decide({ drafts: [draft], leftOut: [] }, { ...DECISION, ...more }).waivers).toMatchObject([
      { ...more, owner: "shop", severity: "high" },
    ]);
    expect(
      decide({ drafts: [{ ...draft, expiresAt: at("2026-11-20T00:00:00Z") }], leftOut: [] }, { ...DECISION, ...more }).waivers,
    ).toEqual([]);
  });

  test("with names that differ, in a file that a policy takes", () => {
    const decision = { ...DECISION, expiresAt: at("2026-12-21T00:00:00Z"), reason: "given" };
    const { waivers } = decide({ drafts: [draft, draft, { ...draft, scope: { vulnerabilities: ["CVE-2026-2"] } }], leftOut: [] }, decision);
    expect(waivers.map(({ id }) => id)).toEqual(["cve-2026-1", "cve-2026-1-2", "cve-2026-2"]);
    const root =
      "apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: a }\nmode: enforce\nrules:\n  - { id: a, rule: scan-freshness, maxAge: 1d }\n";
    expect(parsePolicySet({ text: root, file: "p" }, [{ text: printWaivers(waivers), file: "w" }], "v").waivers).toHaveLength(3);
  });
});

import { describe, expect, test } from "vitest";
import { readDocument } from "../../../shared/runtime/document.ts";
import { cyclonedx } from "../../../shared/scanners/cyclonedx/index.ts";
import { digest } from "./given.ts";
import { findingsOf } from "./read.ts";

const LIB = {
  "bom-ref": "lib",
  type: "library",
  group: "org.example",
  name: "lib",
  version: "1.0",
  purl: "pkg:maven/org.example/lib@1.0",
  licenses: [{ license: { id: "MIT" } }, { expression: "Apache-2.0 OR MIT" }],
};
const bom = (more: object) => ({
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  metadata: { timestamp: "2026-01-01T00:00:00Z", tools: { components: [{ name: "grype", version: "1" }] } },
  ...more,
});
const vulnerability = (more: object = {}) => ({
  id: "CVE-2026-1",
  source: { name: "ubuntu" },
  ratings: [
    { source: { name: "nvd" }, severity: "high", score: 7.5, method: "CVSSv31" },
    { source: { name: "ubuntu" }, severity: "low" },
  ],
  affects: [{ ref: "lib" }],
  ...more,
});

describe("a CycloneDX BOM", () => {
  test("tells its components as packages, those inside of others too, and claims nothing of a scan", () => {
    const read = cyclonedx.read(
      bom({ components: [{ ...LIB, components: [{ type: "library", name: "inner", version: "2" }] }], vulnerabilities: [] }),
    );
    expect(read).toMatchObject({
      kind: "facts",
      inventory: {
        format: "cyclonedx-json",
        tool: "grype 1",
        packages: [
          { name: "org.example/lib", version: "1.0", type: "maven", purl: LIB.purl, licences: ["MIT", "Apache-2.0 OR MIT"] },
          { name: "inner", version: "2", licences: [] },
        ],
      },
    });
    expect(read).not.toHaveProperty("report");
  });

  test("with vulnerabilities is a report, with one finding for each affected component", () => {
    const other = { ...LIB, "bom-ref": "other", name: "other", purl: "pkg:npm/other@2" };
    const read = cyclonedx.read(
      bom({ components: [LIB, other], vulnerabilities: [vulnerability({ affects: [{ ref: "lib" }, { ref: "other" }] })] }),
    );
    expect(read).toMatchObject({
      kind: "report",
      report: { scanner: "grype", findings: [{ id: "CVE-2026-1", package: { purl: LIB.purl } }, { package: { purl: "pkg:npm/other@2" } }] },
    });
  });

  test("counts the rating of the database that the vulnerability is told from", () => {
    const read = cyclonedx.read(bom({ components: [LIB], vulnerabilities: [vulnerability()] }));
    expect(read).toMatchObject({
      report: { findings: [{ severity: "low", severities: [{ source: "ubuntu" }, { source: "nvd", severity: "high" }, {}], score: 7.5 }] },
    });
  });

  test("of an analysis gives the finding its status and a VEX statement", () => {
    const analysis = { state: "not_affected", justification: "code_not_reachable" };
    expect(cyclonedx.read(bom({ components: [LIB], vulnerabilities: [vulnerability({ analysis })] }))).toMatchObject({
      kind: "report",
      report: { findings: [{ status: { kind: "not-affected", by: "grype" } }] },
      vex: [{ ids: ["CVE-2026-1"], status: "not-affected", products: [LIB.purl], justification: "vulnerable_code_not_in_execute_path" }],
    });
  });

  test("with an analysis for everything and no component is VEX alone, never a report", () => {
    const states = ["resolved", "exploitable", "false_positive", "in_triage"];
    const read = cyclonedx.read(bom({ vulnerabilities: states.map((state) => vulnerability({ analysis: { state } })) }));
    expect(read.kind).toBe("facts");
    expect("vex" in read && read.vex?.map(({ status }) => status)).toEqual(["fixed", "affected", "not-affected", "under-investigation"]);
  });

  test.each([
    ["Grype", { source: { name: "FIRST" }, score: 0.9, method: "other" }],
    ["Amazon Inspector", { source: { name: "EPSS" }, severity: "none", score: 0.9, method: "other", vector: "model:v1,date:2026-11-21" }],
  ])("does not take EPSS, which %s writes as a rating, for a score or a severity", (_, epss) => {
    const unrated = { source: { name: "NVD" }, severity: "unknown" };
    for (const ratings of [[epss], [epss, unrated]]) {
      const [finding] = findingsOf(cyclonedx.read(bom({ components: [LIB], vulnerabilities: [vulnerability({ ratings })] })));
      expect(finding).toMatchObject({ severity: "unknown" });
      expect(finding).not.toHaveProperty("score");
      expect(finding?.severities.map(({ source }) => source)).not.toContain(epss.source.name);
    }
  });

  test("that Amazon Inspector scanned is known inside of its answer, and tells a fix for each component", () => {
    const other = { ...LIB, "bom-ref": "other", name: "other" };
    const properties = [{ name: "amazon:inspector:sbom_scanner:fixed_version:lib", value: "1.1" }];
    const found = vulnerability({ affects: [{ ref: "lib" }, { ref: "other" }], properties });
    const answer = { sbom: bom({ components: [LIB, other], vulnerabilities: [found] }) };
    expect(cyclonedx.recognises(answer)).toBe(true);
    expect(findingsOf(cyclonedx.read(answer))).toMatchObject([
      { fix: { state: "fixed", versions: ["1.1"] } },
      { fix: { state: "unknown", versions: [] } },
    ]);
  });

  test("names its image by version, by purl or as Trivy does", () => {
    const component = (more: object) =>
      cyclonedx.read(bom({ components: [LIB], metadata: { component: { type: "container", name: "a", ...more } } }));
    expect(component({ version: digest(1) })).toMatchObject({ subject: digest(1) });
    expect(component({ purl: `pkg:oci/a@${digest(2).replace(":", "%3A")}?arch=amd64` })).toMatchObject({ subject: digest(2) });
    expect(component({ properties: [{ name: "aquasecurity:trivy:RepoDigest", value: `a@${digest(3)}` }] })).toMatchObject({
      subject: digest(3),
    });
  });

  test("with vulnerabilities of which none has an id is malformed", () => {
    expect(cyclonedx.read(bom({ components: [LIB], vulnerabilities: [vulnerability({ id: "" })] })).kind).toBe("malformed");
    expect(cyclonedx.read(bom({ components: {} })).kind).toBe("malformed");
  });

  test("is read from XML too, where version 1.2 keeps vulnerabilities in the component", () => {
    const text = `<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.2" xmlns:v="http://cyclonedx.org/schema/ext/vulnerability/1.0">
      <components><component type="library"><name>a&amp;b</name><version>1</version>
        <v:vulnerabilities><v:vulnerability ref="x"><v:id>CVE-2026-1</v:id>
          <v:ratings><v:rating><v:score><v:base>9.8</v:base></v:score><v:severity>Critical</v:severity><v:method>CVSSv3</v:method></v:rating></v:ratings>
        </v:vulnerability></v:vulnerabilities></component></components></bom>`;
    const document = readDocument(new TextEncoder().encode(text), { maxBytes: 10_000, maxDepth: 64, place: "bom" });
    expect(cyclonedx.recognises(document)).toBe(true);
    expect(cyclonedx.read(document)).toMatchObject({
      kind: "report",
      report: { findings: [{ id: "CVE-2026-1", severity: "critical", score: 9.8, package: { name: "a&b", version: "1" } }] },
      inventory: { format: "cyclonedx-xml", packages: [{ name: "a&b" }] },
    });
  });
});

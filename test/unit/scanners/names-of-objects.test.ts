import { expect, test } from "vitest";
import { severityFromWord } from "../../../shared/domain/severity.ts";
import { csaf } from "../../../shared/scanners/csaf/index.ts";
import { cyclonedx } from "../../../shared/scanners/cyclonedx/index.ts";
import { dockle } from "../../../shared/scanners/dockle/index.ts";
import { grype } from "../../../shared/scanners/grype/index.ts";
import { hadolint } from "../../../shared/scanners/hadolint/index.ts";
import { openvex } from "../../../shared/scanners/openvex/index.ts";
import { prisma } from "../../../shared/scanners/prisma/index.ts";
import { sarif } from "../../../shared/scanners/sarif/index.ts";

/** A name of what every object has: no word of any format. */
const WORD = "constructor";

const VULNERABILITY = { id: "CVE-2026-1", packageName: "a", packageVersion: "1", severity: WORD, status: WORD };
const MATCH = {
  vulnerability: { id: "CVE-2026-1", severity: WORD, fix: { state: WORD, versions: [] } },
  artifact: { name: "a", version: "1", type: "deb" },
};
const STATEMENT = { vulnerability: { name: "CVE-2026-1" }, products: [{ "@id": "pkg:oci/a" }] };
const openVex = (status: string) => ({
  "@context": "https://openvex.dev/ns/v0.2.0",
  author: "Maker",
  timestamp: "2026-01-01T00:00:00Z",
  statements: [{ ...STATEMENT, status }],
});
const CSAF = {
  document: { category: "csaf_vex", csaf_version: "2.0", title: "t", publisher: { name: "Maker" }, tracking: { id: "1" } },
  product_tree: { full_product_names: [{ product_id: "P1", name: "App" }] },
  vulnerabilities: [{ cve: "CVE-2026-1", product_status: { [WORD]: ["P1"] } }],
};
const bom = (analysis: object) => ({
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  metadata: { timestamp: "2026-01-01T00:00:00Z", tools: { components: [{ name: "grype", version: "1" }] } },
  components: [{ "bom-ref": "lib", type: "library", name: "lib", version: "1", purl: "pkg:npm/lib@1" }],
  vulnerabilities: [{ id: "CVE-2026-1", affects: [{ ref: "lib" }], analysis }],
});
const SARIF_LOG = {
  version: "2.1.0",
  runs: [{ tool: { driver: { name: "grype", rules: [{ id: "CVE-2026-1" }] } }, results: [{ ruleId: "CVE-2026-1", level: WORD }] }],
};

test.each([
  ["hadolint", () => hadolint.read([{ code: "DL1", level: WORD, file: "Dockerfile", line: 1, message: "m" }]), "content"],
  ["dockle", () => dockle.read({ summary: {}, details: [{ code: "CIS-DI-0001", title: "t", level: WORD }] }), "content"],
  ["prisma", () => prisma.read({ results: [{ vulnerabilities: [VULNERABILITY], vulnerabilityDistribution: {} }] }), "report"],
  ["grype", () => grype.read({ matches: [MATCH], descriptor: { name: "grype" } }), "report"],
  ["sarif", () => sarif.read(SARIF_LOG), "report"],
  ["cyclonedx, state", () => cyclonedx.read(bom({ state: WORD })), "report"],
  ["cyclonedx, justification", () => cyclonedx.read(bom({ state: "not_affected", justification: WORD })), "report"],
  ["openvex", () => openvex.read(openVex(WORD)), "facts"],
  ["csaf", () => csaf.read(CSAF), "facts"],
])("%s: what is no word of the format is unknown", (_, read, kind) => {
  const document = read();
  expect(document.kind).toBe(kind);
  // What the table of words has from its prototype is a function, which cannot be cloned.
  expect(structuredClone(document)).toEqual(document);
});

test.each([WORD, "__proto__"])("%s is no severity", (word) => {
  expect(severityFromWord(word)).toBe("unknown");
});

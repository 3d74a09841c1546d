import { describe, expect, test } from "vitest";
import { parseInstant } from "../../../shared/domain/time.ts";
import type { ReadReport } from "../../../shared/ports/findings-source.ts";
import { csaf } from "../../../shared/scanners/csaf/index.ts";
import { openvex } from "../../../shared/scanners/openvex/index.ts";

function vexOf(read: ReadReport) {
  if (read.kind !== "facts") throw new Error(JSON.stringify(read));
  return read.vex ?? [];
}

describe("an OpenVEX document", () => {
  const document = (statements: readonly object[], more: object = {}) => ({
    "@context": "https://openvex.dev/ns/v0.2.0",
    author: "Maker",
    timestamp: "2026-01-01T00:00:00Z",
    statements,
    ...more,
  });

  test("gives each statement with all names of the vulnerability, its products, components and time", () => {
    const statement = {
      vulnerability: { name: "CVE-2026-1", aliases: ["GHSA-a"] },
      products: [{ "@id": "pkg:oci/a", identifiers: { purl: "pkg:oci/a@sha256:1" }, subcomponents: [{ "@id": "pkg:apk/alpine/busybox" }] }],
      status: "not_affected",
      justification: "component_not_present",
      timestamp: "2026-02-02T00:00:00Z",
    };
    expect(vexOf(openvex.read(document([statement])))).toEqual([
      {
        ids: ["CVE-2026-1", "GHSA-a"],
        status: "not-affected",
        products: ["pkg:oci/a", "pkg:oci/a@sha256:1"],
        components: ["pkg:apk/alpine/busybox"],
        justification: "component_not_present",
        author: "Maker",
        saidAt: parseInstant("2026-02-02T00:00:00Z"),
      },
    ]);
  });

  test("of the first versions names vulnerability, products and components as texts", () => {
    const old = document([{ vulnerability: "CVE-2026-1", products: ["pkg:oci/a"], subcomponents: ["pkg:npm/b@1"], status: "fixed" }], {
      "@context": "https://openvex.dev/ns",
    });
    expect(openvex.recognises(old)).toBe(true);
    expect(vexOf(openvex.read(old))).toMatchObject([
      { ids: ["CVE-2026-1"], products: ["pkg:oci/a"], components: ["pkg:npm/b@1"], status: "fixed" },
    ]);
  });

  test("keeps apart what it says of the components of different products", () => {
    const products = [
      { "@id": "a", subcomponents: [{ "@id": "x" }] },
      { "@id": "b", subcomponents: [{ "@id": "y" }] },
    ];
    const vex = vexOf(openvex.read(document([{ vulnerability: { name: "CVE-2026-1" }, products, status: "affected" }])));
    expect(vex.map((each) => [each.products, each.components])).toEqual([
      [["a"], ["x"]],
      [["b"], ["y"]],
    ]);
  });

  test("leaves out statements with a status that it does not have, and says so", () => {
    const read = openvex.read(document([{ vulnerability: { name: "CVE-2026-1" }, status: "harmless" }, { status: "fixed" }]));
    expect(vexOf(read)).toEqual([]);
    expect("notes" in read && read.notes).toHaveLength(1);
  });

  test("without statements is malformed", () => {
    expect(openvex.read({ "@context": "https://openvex.dev/ns" }).kind).toBe("malformed");
  });
});

describe("a CSAF document", () => {
  const document = (vulnerability: object, more: object = {}) => ({
    document: { csaf_version: "2.0", publisher: { name: "Maker" }, tracking: { current_release_date: "2026-01-01T00:00:00Z" } },
    product_tree: {
      branches: [
        { branches: [{ product: { product_id: "P1", name: "App 1", product_identification_helper: { purl: "pkg:oci/app@1" } } }] },
        { product: { product_id: "P2", name: "Lib 2", product_identification_helper: { purl: "pkg:npm/lib@2" } } },
      ],
      relationships: [
        { product_reference: "P2", relates_to_product_reference: "P1", full_product_name: { product_id: "P1:P2", name: "Lib in App" } },
      ],
    },
    vulnerabilities: [{ cve: "CVE-2026-1", ...vulnerability }],
    ...more,
  });

  test("gives a product by its purl, and a part of it as a component inside of it", () => {
    const vex = vexOf(csaf.read(document({ product_status: { known_affected: ["P1"], fixed: ["P1:P2"], recommended: ["P2"] } })));
    expect(vex).toMatchObject([
      { ids: ["CVE-2026-1"], status: "affected", products: ["pkg:oci/app@1"], components: [] },
      { status: "fixed", products: ["pkg:oci/app@1"], components: ["pkg:npm/lib@2"], author: "Maker" },
    ]);
  });

  test("takes the justification from the flag of the product", () => {
    const flags = [{ label: "vulnerable_code_not_present", product_ids: ["P1"] }];
    const vex = vexOf(csaf.read(document({ flags, product_status: { known_not_affected: ["P1", "P2"] } })));
    expect(vex.map(({ justification }) => justification)).toEqual(["vulnerable_code_not_present", undefined]);
  });

  test("of another version is unsupported, and one whose statuses are no lists malformed", () => {
    expect(csaf.read(document({}, { document: { csaf_version: "1.2" } })).kind).toBe("unsupported");
    expect(csaf.read(document({ product_status: { fixed: "P1" } })).kind).toBe("malformed");
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReportReader } from "../../shared/ports/findings-source.ts";
import { keptNames } from "../../shared/runtime/kept-names.ts";
import { CYCLONEDX_BOM } from "../../shared/scanners/cyclonedx/schema.ts";
import { GRYPE_REPORT } from "../../shared/scanners/grype/schema.ts";
import { SARIF_LOG } from "../../shared/scanners/sarif/schema.ts";
import { reportReaders } from "../../shared/scanners/table.ts";
import { TRIVY_REPORT, TRIVY_VULNERABILITY } from "../../shared/scanners/trivy/schema.ts";

const readers: readonly ReportReader[] = await Promise.all(Object.values(reportReaders).map((load) => load()));

// Names that readers look at, so that chance gets below the top level.
const NAMES = [
  ...[TRIVY_REPORT, TRIVY_VULNERABILITY, GRYPE_REPORT, CYCLONEDX_BOM, SARIF_LOG].flatMap((schema) => keptNames(schema)),
  "ok",
  "bom",
  "document",
  "csaf_version",
  "statements",
  "results",
  "packages",
  "findings",
  "scan",
  "predicate",
  "scanner",
  "kind",
  "items",
].map((name) => name.replace(".*", ""));

const documents = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: "small" },
    fc.constantFrom(null, true, 0, -1, 1e308, "", "CVE-2026-1", "2.1.0", "2", "CycloneDX", "SPDX-2.3", "https://in-toto.io/Statement/v1"),
    fc.string(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie("value"), { maxKeys: 8 }),
  ),
})).value;

test("no reader fails on any document, and each says why where it reads nothing", () => {
  fc.assert(
    fc.property(documents, (document) => {
      for (const reader of readers) {
        expect(typeof reader.recognises(document)).toBe("boolean");
        const read = reader.read(document);
        expect("why" in read ? read.why : "read").not.toBe("");
      }
    }),
    { numRuns: 400 },
  );
});

test("nothing at all is clean to no reader, nor is what another tool wrote", () => {
  for (const reader of readers) {
    for (const document of [null, {}, "", 0, { hello: "world" }, [null], [{}]]) {
      const read = reader.read(document);
      expect([reader.id, document, read.kind], JSON.stringify(document)).not.toEqual([reader.id, document, "report"]);
    }
  }
});

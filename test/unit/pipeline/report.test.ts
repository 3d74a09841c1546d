import { afterEach, beforeEach, expect, test } from "vitest";
import { postReport } from "../../../shared/pipeline/report.ts";
import { type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { digestOf } from "../../fixtures/records.ts";
import { ecrJson, HARBOR_ITEM, harborJson, INSPECTOR_FINDING } from "../scanners/registry-documents.ts";

let gate: SmallGate;

beforeEach(async () => {
  gate = await startSmallGate();
});
afterEach(() => gate.stop());

const IMAGE = digestOf("image");

/** Formats of the reports that are kept of the image after all were posted. */
async function kept(...documents: readonly object[]): Promise<readonly string[]> {
  for (const document of documents) {
    const bytes = new TextEncoder().encode(JSON.stringify(document));
    expect(await postReport(gate.gate.deps, () => document, IMAGE, undefined, bytes)).toMatchObject({ kind: "stored" });
  }
  return (await gate.store.reports.list(IMAGE)).map(({ format }) => format).sort();
}

test("a posted state of a scan and the report that follows it are one: the later replaces the earlier", async () => {
  expect(await kept(ecrJson(null, "IN_PROGRESS"), ecrJson({ findings: [] }))).toEqual(["ecr"]);
});

test("a single finding that is posted replaces no list, and no other finding", async () => {
  const other = { ...INSPECTOR_FINDING, findingArn: "arn:aws:inspector2:eu-west-1:111122223333:finding/other" };
  expect(await kept({ findings: [INSPECTOR_FINDING] }, INSPECTOR_FINDING, other, other)).toEqual([
    "inspector2",
    "inspector2",
    "inspector2",
  ]);
});

test("reports of several scanners in one format stand side by side", async () => {
  const by = (name: string) => harborJson([HARBOR_ITEM], { scanner: { name } });
  expect(await kept(by("Trivy"), by("Clair"), by("Trivy"))).toEqual(["harbor", "harbor"]);
});

import { describe, expect, test } from "vitest";
import type { FindingsEvidence } from "../../../shared/domain/evidence.ts";
import { instant } from "../../../shared/domain/time.ts";
import { ecr, inspector2, inspector2Coverage } from "../../../shared/scanners/aws/index.ts";
import { postedReports } from "../../../shared/scanners/posted.ts";
import { digest, IMAGE } from "./given.ts";
import { ecrJson, INSPECTOR_FINDING } from "./registry-documents.ts";

async function findings(...documents: readonly object[]): Promise<FindingsEvidence> {
  const stored = documents.map((document, number) => ({
    format: "",
    bytes: new TextEncoder().encode(JSON.stringify(document)),
    digest: digest(50 + number),
    storedAt: instant(0),
  }));
  const reports = { list: () => Promise.resolve(stored) };
  return (
    await postedReports({ reports, readers: async () => [ecr, inspector2, inspector2Coverage] }).facts({ image: IMAGE, referrers: [] })
  ).findings;
}

const PENDING = ecrJson(null, "IN_PROGRESS");
const UNSUPPORTED = ecrJson(null, "UNSUPPORTED_IMAGE");
const FAILED = ecrJson(null, "FAILED");

describe("the state of a scan, in place of its findings", () => {
  test("is pending while it runs, which is neither failed nor clean", async () => {
    expect((await findings(PENDING)).kind).toBe("pending");
    expect((await findings(PENDING, UNSUPPORTED)).kind).toBe("pending");
  });

  test("is failed where one of several failed", async () => {
    expect((await findings(PENDING, FAILED)).kind).toBe("failed");
  });

  test("hides no report that there is, and is told beside it", async () => {
    expect(await findings(PENDING, { findings: [INSPECTOR_FINDING] })).toMatchObject({
      kind: "reported",
      reports: [{ scanner: "inspector2" }],
      notes: [expect.stringContaining("IN_PROGRESS")],
    });
  });

  test("that Inspector covers the image is no report", async () => {
    const resource = { resourceType: "AWS_ECR_CONTAINER_IMAGE", scanStatus: { statusCode: "ACTIVE", reason: "SUCCESSFUL" } };
    expect((await findings({ coveredResources: [resource] })).kind).toBe("absent");
  });

  test("of one finding is no newer list: both count", async () => {
    const newer = { ...INSPECTOR_FINDING, lastObservedAt: "2026-11-22T08:00:00Z" };
    const evidence = await findings({ findings: [INSPECTOR_FINDING] }, newer);
    expect(evidence.kind === "reported" && evidence.reports.map(({ scanner }) => scanner)).toEqual([
      "inspector2",
      "inspector2 finding 0123456789abcdef",
    ]);
  });
});

import { describe, expect, test } from "vitest";
import type { FindingsEvidence } from "../../../shared/domain/evidence.ts";
import { instant } from "../../../shared/domain/time.ts";
import { postedReports } from "../../../shared/scanners/posted.ts";
import { trivy } from "../../../shared/scanners/trivy/index.ts";
import { digest, IMAGE, trivyJson, VULNERABILITY } from "./given.ts";

async function findings(...posted: readonly { readonly format: string; readonly content: string }[]): Promise<FindingsEvidence> {
  const stored = posted.map(({ format, content }, number) => ({
    format,
    bytes: new TextEncoder().encode(content),
    digest: digest(50 + number),
    storedAt: instant(0),
  }));
  const reports = { list: (asked: string) => Promise.resolve(asked === IMAGE.digest ? stored : []) };
  return (await postedReports({ reports, readers: async () => [trivy] }).facts({ image: IMAGE, referrers: [] })).findings;
}

const GOOD = JSON.stringify(trivyJson([VULNERABILITY]));

describe("reports posted to the gate", () => {
  test("are absent where none was posted", async () => {
    expect(await findings()).toEqual({ kind: "absent" });
  });

  test("have no format loaded where none was posted", async () => {
    const readers = () => Promise.reject(new Error("nothing is to be read"));
    await expect(
      postedReports({ reports: { list: async () => [] }, readers }).facts({ image: IMAGE, referrers: [] }),
    ).resolves.toBeDefined();
  });

  test("are read by the format that they were posted as", async () => {
    expect(await findings({ format: "trivy", content: GOOD })).toMatchObject({
      kind: "reported",
      reports: [{ origin: "posted", digest: digest(50), findings: [{ id: "CVE-2026-1" }] }],
    });
  });

  test("are failed where they cannot be read any more", async () => {
    expect((await findings({ format: "trivy", content: "null" })).kind).toBe("failed");
  });

  test("of a format that is not built in are told by content, or are none", async () => {
    expect((await findings({ format: "gone", content: GOOD })).kind).toBe("reported");
    expect((await findings({ format: "gone", content: "{}" })).kind).toBe("absent");
  });
});

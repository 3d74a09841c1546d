import { describe, expect, test } from "vitest";
import type { FindingsEvidence } from "../../../shared/domain/evidence.ts";
import { attachedReports } from "../../../shared/scanners/attached.ts";
import { trivy } from "../../../shared/scanners/trivy/index.ts";
import { type Attachment, attached, digest, Fault, IMAGE, REPOSITORY, TRIVY_TYPE, trivyJson, VULNERABILITY } from "./given.ts";

async function findings(...attachments: readonly Attachment[]): Promise<FindingsEvidence> {
  const { request, source } = attached(...attachments);
  return (await attachedReports({ source: () => source, readers: async () => [trivy] }).facts(request)).findings;
}

function report(content: unknown, mediaType = TRIVY_TYPE, artifactType?: string): Attachment {
  return { layers: [{ mediaType, content }], ...(artifactType === undefined ? {} : { artifactType }) };
}

const GOOD = trivyJson([VULNERABILITY]);
const at = (CreatedAt: string | undefined, ...vulnerabilities: readonly object[]) => report(trivyJson(vulnerabilities, { CreatedAt }));

describe("reports attached to an image", () => {
  test("are absent where nothing is attached, or only other things", async () => {
    expect(await findings()).toEqual({ kind: "absent" });
    expect(await findings(report("x", "application/vnd.dev.cosign.simplesigning.v1+json"))).toEqual({ kind: "absent" });
  });

  test.each([
    ["its layer's media type", report(GOOD)],
    ["its layer's media type, whatever its parameters and case", report(GOOD, "Application/vnd.aquasec.trivy.report+json; charset=utf-8")],
    ["its artifact type, where the layer is plain JSON", report(GOOD, "application/json", TRIVY_TYPE)],
    ["its content, where nothing but JSON is said of it", report(GOOD, "application/json", "application/vnd.example.scan")],
  ])("are found by %s", async (_, attachment) => {
    expect(await findings(attachment)).toMatchObject({
      kind: "reported",
      reports: [{ origin: "attached", digest: digest(1000), findings: [{ id: "CVE-2026-1" }] }],
    });
  });

  test("count with the newest of a scanner", async () => {
    const answer = await findings(
      at("2026-11-20T00:00:00Z", VULNERABILITY),
      at("2026-11-21T00:00:00Z"),
      at("2026-11-19T00:00:00Z", VULNERABILITY),
    );
    expect(answer).toMatchObject({ kind: "reported", reports: [{ findings: [] }] });
  });

  test("count all together where one artifact holds several, as one is made for each platform", async () => {
    const both: Attachment = {
      layers: [
        report(trivyJson([], { CreatedAt: "2026-11-21T00:00:00Z" })),
        report(trivyJson([VULNERABILITY], { CreatedAt: "2026-11-21T00:01:00Z" })),
      ].flatMap((each) => each.layers),
    };
    expect(await findings(both, at("2026-11-20T00:00:00Z"))).toMatchObject({ reports: [{ findings: [] }, { findings: [{}] }] });
  });

  test("count also without a date, for they cannot be shown to be older", async () => {
    expect(await findings(at(undefined, VULNERABILITY), at("2026-11-21T00:00:00Z"))).toMatchObject({
      reports: [{ findings: [{}] }, { findings: [] }],
    });
  });

  test("that cannot be read never hide one that can, and are told", async () => {
    for (const bad of [
      "not json",
      "null",
      "[1",
      "[".repeat(1000),
      trivyJson([], { SchemaVersion: 3 }),
      new Fault("too-large"),
      new Fault("not-found"),
    ]) {
      const answer = await findings(report(bad), report(GOOD));
      expect(answer).toMatchObject({ kind: "reported", reports: [{ findings: [{}] }], notes: [expect.stringContaining(digest(100))] });
    }
  });

  test("are failed where none can be read, and unsupported where none could be made", async () => {
    expect((await findings(report("not json"))).kind).toBe("failed");
    expect((await findings(report("null"))).kind).toBe("failed");
    expect((await findings(report(trivyJson([], { Results: [] })))).kind).toBe("unsupported");
    expect((await findings(report(trivyJson([], { Results: [] })), report("x"))).kind).toBe("failed");
  });

  test("are not guessed at: JSON that no reader knows is no report", async () => {
    expect(await findings(report({ hello: 1 }, "application/json"), report("not json", "application/json"))).toEqual({ kind: "absent" });
  });

  test("are not known where the registry fails, whatever else was read", async () => {
    for (const code of ["unreachable", "unauthorized", "timeout"] as const) {
      await expect(findings(report(GOOD), report(new Fault(code)))).rejects.toMatchObject({ code });
    }
  });

  test("are not chosen from where there are too many", async () => {
    expect((await findings(...Array.from({ length: 101 }, () => report(GOOD)))).kind).toBe("failed");
  });

  test("that name another image count, for a scanner may name the index, and the difference is told", async () => {
    const other = trivyJson([VULNERABILITY], { Metadata: { RepoDigests: [`shop/api@${digest(7)}`] } });
    expect(await findings(report(other))).toMatchObject({ kind: "reported", notes: [expect.stringContaining(digest(7))] });
  });

  test("are read from the repository that they lie in", async () => {
    const { request, source } = attached(report(GOOD));
    const asked: string[] = [];
    const spying = { ...source, blob: (...args: Parameters<typeof source.blob>) => (asked.push(args[0]), source.blob(...args)) };
    await attachedReports({ source: () => spying, readers: async () => [trivy] }).facts(request);
    expect(asked).toEqual([REPOSITORY]);
  });

  test("have no format loaded where nothing is attached, and are a fault where none can be loaded", async () => {
    const { request, source } = attached(report(GOOD));
    const findings = attachedReports({ source: () => source, readers: () => Promise.reject(new Error("gone")) });
    await expect(findings.facts({ ...request, referrers: [] })).resolves.toMatchObject({ findings: { kind: "absent" } });
    await expect(findings.facts(request)).rejects.toThrow("gone");
  });

  test("of a registry that is not watched are a fault, not an absence", async () => {
    const { request } = attached(report(GOOD));
    await expect(
      attachedReports({ source: () => undefined, readers: async () => [trivy] }).facts({ ...request, image: IMAGE }),
    ).rejects.toMatchObject({
      code: "unsupported",
    });
  });
});

import {
  BatchGetRepositoryScanningConfigurationCommand,
  DescribeImageScanFindingsCommand,
  GetRegistryScanningConfigurationCommand,
  PutRegistryScanningConfigurationCommand,
  paginateDescribeImageScanFindings,
  type ScanType,
  StartImageScanCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Vulnerability } from "../../fakes/aws/state/scan.ts";
import { pushImage, pushIndex } from "../../fakes/pusher.ts";
import { APP, type AwsWorld, openAwsWorld, vulnerability } from "./aws-world.ts";

const DAY_MS = 86_400_000;

let world: AwsWorld;
beforeEach(async () => {
  world = await openAwsWorld();
});
afterEach(() => world.close());

const finds = (...vulnerabilities: readonly Vulnerability[]): void => {
  world.aws.controls.scanner = () => ({ kind: "found", vulnerabilities });
};
const configure = (scanType: ScanType, scanFrequency: "SCAN_ON_PUSH" | "CONTINUOUS_SCAN", filter = "*") =>
  world.ecr.send(
    new PutRegistryScanningConfigurationCommand({
      scanType,
      rules: [{ scanFrequency, repositoryFilters: [{ filter, filterType: "WILDCARD" }] }],
    }),
  );
const ask = (imageTag = "1.0") => world.ecr.send(new DescribeImageScanFindingsCommand({ repositoryName: APP, imageId: { imageTag } }));
const scan = (imageTag = "1.0") => world.ecr.send(new StartImageScanCommand({ repositoryName: APP, imageId: { imageTag } }));
const eventsOf = (type: string) => world.aws.events.filter((event) => event["detail-type"] === type);

describe("basic scanning", () => {
  test("tells findings by severity, with the version that mends them as an attribute", async () => {
    world.home.create(APP, { scanOnPush: true });
    finds(vulnerability("CVE-2026-0001"), vulnerability("CVE-2026-0002", { severity: "UNTRIAGED" }));
    const image = await pushImage(world.served, APP, "one", "1.0");
    const { imageScanStatus, imageScanFindings } = await ask();
    expect([imageScanStatus?.status, imageScanFindings?.findingSeverityCounts]).toEqual(["COMPLETE", { HIGH: 1, UNDEFINED: 1 }]);
    expect(imageScanFindings?.findings?.[0]).toMatchObject({ name: "CVE-2026-0001", severity: "HIGH" });
    expect(eventsOf("ECR Image Scan").map(({ resources, detail }) => ({ resources, detail }))).toEqual([
      {
        resources: [world.home.arn(APP)],
        detail: {
          "scan-status": "COMPLETE",
          "repository-name": APP,
          "finding-severity-counts": { HIGH: 1, UNDEFINED: 1 },
          "image-digest": image.digest,
          "image-tags": ["1.0"],
        },
      },
    ]);
  });

  test("has no answer for an image that nobody scanned, and scans one once a day", async () => {
    await pushImage(world.served, APP, "one", "1.0");
    await expect(ask()).rejects.toMatchObject({ name: "ScanNotFoundException" });
    await scan();
    await expect(scan()).rejects.toMatchObject({ name: "LimitExceededException" });
    await world.aws.forward(DAY_MS);
    await scan();
  });

  test("takes its time, and says so", async () => {
    world.aws.controls.scanForMs = 60_000;
    await pushImage(world.served, APP, "one", "1.0");
    await scan();
    expect((await ask()).imageScanStatus?.status).toBe("IN_PROGRESS");
    await world.aws.forward(60_000);
    expect((await ask()).imageScanStatus?.status).toBe("COMPLETE");
  });

  test.each([
    [{ kind: "unsupported", reason: "UNSUPPORTED_OS" }, "UNSUPPORTED_IMAGE"],
    [{ kind: "unsupported", reason: "LIMIT_EXCEEDED" }, "LIMIT_EXCEEDED"],
    [{ kind: "failed", reason: "the image could not be read" }, "FAILED"],
  ] as const)("that came to %o is %s, without findings", async (outcome, status) => {
    world.aws.controls.scanner = () => outcome;
    await pushImage(world.served, APP, "one", "1.0");
    await scan();
    const { imageScanStatus, imageScanFindings } = await ask();
    expect([imageScanStatus?.status, imageScanFindings]).toEqual([status, undefined]);
  });

  test("scans no index", async () => {
    await pushIndex(world.served, APP, [await pushImage(world.served, APP, "one", "1.0")], "multi");
    await expect(scan("multi")).rejects.toMatchObject({ name: "UnsupportedImageTypeException" });
  });

  test("gives its findings in pages", async () => {
    finds(...Array.from({ length: 5 }, (_, count) => vulnerability(`CVE-2026-000${count}`)));
    await pushImage(world.served, APP, "one", "1.0");
    await scan();
    const pages = paginateDescribeImageScanFindings(
      { client: world.ecr, pageSize: 2 },
      { repositoryName: APP, imageId: { imageTag: "1.0" } },
    );
    const sizes = (await Array.fromAsync(pages)).map(({ imageScanFindings }) => imageScanFindings?.findings?.length);
    expect(sizes).toEqual([2, 2, 1]);
  });
});

describe("enhanced scanning", () => {
  test("takes up what was pushed in the last 14 days, and knows nothing of what basic scanning found", async () => {
    await pushImage(world.served, APP, "old", "old");
    await scan("old");
    await world.aws.forward(14 * DAY_MS);
    await pushImage(world.served, APP, "one", "1.0");
    await configure("ENHANCED", "CONTINUOUS_SCAN");
    expect((await ask()).imageScanStatus?.status).toBe("ACTIVE");
    await expect(ask("old")).rejects.toMatchObject({ name: "ScanNotFoundException" });
  });

  test("cannot be asked for by hand", async () => {
    await configure("ENHANCED", "CONTINUOUS_SCAN");
    await pushImage(world.served, APP, "one", "1.0");
    await expect(scan()).rejects.toMatchObject({ name: "ValidationException" });
  });

  test.each([
    ["CONTINUOUS_SCAN", "ACTIVE"],
    ["SCAN_ON_PUSH", "COMPLETE"],
  ] as const)("by %s is %s once it looked", async (frequency, status) => {
    await configure("ENHANCED", frequency);
    finds(vulnerability("CVE-2026-0001", { epss: 0.4, vector: "CVSS:3.1/AV:N" }));
    await pushImage(world.served, APP, "one", "1.0");
    const { imageScanStatus, imageScanFindings } = await ask();
    expect(imageScanStatus?.status).toBe(status);
    expect(imageScanFindings?.enhancedFindings).toMatchObject([{ severity: "HIGH", status: "ACTIVE", score: 8.1, fixAvailable: "YES" }]);
    expect(imageScanFindings?.enhancedFindings?.[0]).not.toHaveProperty("epss");
  });

  test.each([
    { kind: "unsupported", reason: "UNSUPPORTED_OS" },
    { kind: "failed", reason: "unreadable" },
  ] as const)("that came to %o tells of no scan that is complete", async (outcome) => {
    await configure("ENHANCED", "CONTINUOUS_SCAN");
    world.aws.controls.scanner = () => outcome;
    await pushImage(world.served, APP, "one", "1.0");
    expect(eventsOf("Inspector2 Scan")).toEqual([]);
    expect(eventsOf("Inspector2 Coverage").map(({ detail }) => detail)).toMatchObject([{ scanStatus: { statusCodeValue: "INACTIVE" } }]);
  });

  test("can be complete and yet have no findings to show for a while", async () => {
    await configure("ENHANCED", "SCAN_ON_PUSH");
    world.aws.controls.emptyFindingsLooks = 2;
    finds(vulnerability("CVE-2026-0001"));
    await pushImage(world.served, APP, "one", "1.0");
    const counts = [await ask(), await ask(), await ask()].map(({ imageScanStatus, imageScanFindings }) => [
      imageScanStatus?.status,
      imageScanFindings?.enhancedFindings?.length,
    ]);
    expect(counts).toEqual([
      ["COMPLETE", undefined],
      ["COMPLETE", undefined],
      ["COMPLETE", 1],
    ]);
  });

  test("does not know what it was not told to look at", async () => {
    await configure("ENHANCED", "CONTINUOUS_SCAN", "prod/*");
    await pushImage(world.served, APP, "one", "1.0");
    await expect(ask()).rejects.toMatchObject({ name: "ScanNotFoundException" });
    const asked = new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: [APP, "absent"] });
    const { scanningConfigurations, failures } = await world.ecr.send(asked);
    expect(scanningConfigurations).toMatchObject([
      { repositoryName: APP, scanOnPush: false, scanFrequency: "MANUAL", appliedScanFilters: [] },
    ]);
    expect(failures).toMatchObject([{ repositoryName: "absent", failureCode: "REPOSITORY_NOT_FOUND" }]);
  });

  test("tells a scan by the ARN of the repository, and every finding by itself", async () => {
    await configure("ENHANCED", "CONTINUOUS_SCAN");
    finds(vulnerability("CVE-2026-0001"), vulnerability("CVE-2026-0002", { severity: "LOW" }));
    const image = await pushImage(world.served, APP, "one", "1.0");
    expect(eventsOf("Inspector2 Scan").map(({ detail }) => detail)).toEqual([
      {
        "scan-status": "INITIAL_SCAN_COMPLETE",
        "repository-name": world.home.arn(APP),
        "finding-severity-counts": { CRITICAL: 0, HIGH: 1, MEDIUM: 0, TOTAL: 2 },
        "image-digest": image.digest,
        "image-tags": ["1.0"],
        version: "1.0",
      },
    ]);
    const [finding] = eventsOf("Inspector2 Finding");
    expect(finding?.resources).toEqual([`${world.home.arn(APP)}/${image.digest}`]);
    expect(finding?.detail).toMatchObject({ status: "ACTIVE", firstObservedAt: "Fri Nov 20 10:00:00.000 UTC 2026" });
    expect(eventsOf("Inspector2 Finding")).toHaveLength(2);
  });

  test("tells later what is new and what is over, and no second scan", async () => {
    await configure("ENHANCED", "CONTINUOUS_SCAN");
    finds(vulnerability("CVE-2026-0001"), vulnerability("CVE-2026-0002"));
    const image = await pushImage(world.served, APP, "one", "1.0");
    const before = world.aws.events.length;
    const now = [vulnerability("CVE-2026-0002"), vulnerability("CVE-2026-0003")];
    world.home.scan(APP, image.digest, { kind: "found", vulnerabilities: now });
    const told = world.aws.events.slice(before).filter((event) => event["detail-type"] !== "Inspector2 Coverage");
    expect(told.map(({ detail }) => [detail["title"], detail["status"]])).toEqual([
      ["CVE-2026-0003 - openssl", "ACTIVE"],
      ["CVE-2026-0001 - openssl", "CLOSED"],
    ]);
  });
});

test("the configuration is what was put, and basic scanning is never continuous", async () => {
  await configure("ENHANCED", "CONTINUOUS_SCAN");
  await expect(configure("BASIC", "CONTINUOUS_SCAN")).rejects.toMatchObject({ name: "InvalidParameterException" });
  const { scanningConfiguration } = await world.ecr.send(new GetRegistryScanningConfigurationCommand({}));
  expect(scanningConfiguration).toEqual({
    scanType: "ENHANCED",
    rules: [{ scanFrequency: "CONTINUOUS_SCAN", repositoryFilters: [{ filter: "*", filterType: "WILDCARD" }] }],
  });
});

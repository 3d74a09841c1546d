import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AdapterError } from "../../../../shared/ports/adapter-error.ts";
import type { FaultCall } from "../../../fakes/aws/faults.ts";
import type { ScanOutcome, Vulnerability } from "../../../fakes/aws/state/scan.ts";
import { pushImage, pushIndex } from "../../../fakes/pusher.ts";
import { type Asking, findingsAt, reportIn } from "../../../fixtures/aws-findings.ts";
import { APP, type AwsWorld, openAwsWorld, START, vulnerability } from "../../fakes-aws/aws-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let world: AwsWorld;
let ask: Asking;
let passed: number;
beforeEach(async () => {
  passed = 0;
  world = await openAwsWorld();
  ask = findingsAt(world.aws, () => START + passed);
});
afterEach(() => world.close());

async function pass(ms: number): Promise<void> {
  passed += ms;
  await world.aws.forward(ms);
}

function configure(scanType: "BASIC" | "ENHANCED", scanFrequency = scanType === "ENHANCED" ? "CONTINUOUS_SCAN" : "SCAN_ON_PUSH"): void {
  world.home.scanEverything(scanType, scanFrequency);
}

const finds = (...vulnerabilities: readonly Vulnerability[]): void => {
  world.aws.controls.scanner = () => ({ kind: "found", vulnerabilities });
};
const many = (amount: number, more: Partial<Vulnerability> = {}): readonly Vulnerability[] =>
  Array.from({ length: amount }, (_, at) => vulnerability(`CVE-2026-${String(at).padStart(4, "0")}`, more));
const callsOf = (operation: string): readonly FaultCall[] => world.aws.calls.filter((call) => call.operation === operation);

describe("basic scanning", () => {
  beforeEach(() => configure("BASIC"));

  test("what was found is a report of the registry, as of when it looked", async () => {
    finds(vulnerability("CVE-2026-0001", { severity: "CRITICAL" }));
    const image = await pushImage(world.served, APP, "one", "1.0");
    const report = reportIn(await ask.of(APP, image.digest));
    expect(report).toMatchObject({
      scanner: "ecr",
      origin: "registry",
      scannedAt: START,
      findings: [{ id: "CVE-2026-0001", severity: "critical" }],
    });
  });

  test("all pages are one report", async () => {
    finds(...many(1_201));
    const image = await pushImage(world.served, APP, "one", "1.0");
    expect(reportIn(await ask.of(APP, image.digest)).findings).toHaveLength(1_201);
    expect(callsOf("DescribeImageScanFindings")).toHaveLength(2);
  });

  test("a scan that found nothing is a report without findings", async () => {
    finds();
    const image = await pushImage(world.served, APP, "one", "1.0");
    expect(reportIn(await ask.of(APP, image.digest)).findings).toEqual([]);
  });

  test("an image that nobody scans is pending at first, and unscanned after that", async () => {
    configure("BASIC", "MANUAL");
    const image = await pushImage(world.served, APP, "one", "1.0");
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind: "pending" });
    await pass(2 * HOUR);
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind: "absent" });
  });

  test.each<[ScanOutcome, string]>([
    [{ kind: "unsupported", reason: "UNSUPPORTED_OS" }, "unsupported"],
    [{ kind: "unsupported", reason: "IMAGE_SIZE_EXCEEDED" }, "unsupported"],
    [{ kind: "failed", reason: "the image could not be read" }, "failed"],
  ])("%j is %s", async (outcome, kind) => {
    world.aws.controls.scanner = () => outcome;
    const image = await pushImage(world.served, APP, "one", "1.0");
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind });
  });

  test("a scan that runs is pending", async () => {
    world.aws.controls.scanForMs = MINUTE;
    const image = await pushImage(world.served, APP, "one", "1.0");
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind: "pending" });
  });
});

describe("Inspector", () => {
  beforeEach(() => configure("ENHANCED"));

  test("what it found is a report as of its last look, with what it predicts and what CISA lists", async () => {
    const listed = { knownExploited: { addedOn: 20_000, dueOn: 20_021 }, severity: "CRITICAL" } as const;
    finds(vulnerability("CVE-2026-0001", { ...listed, epss: 0.9 }), vulnerability("CVE-2026-0002", { severity: "HIGH" }));
    const image = await pushImage(world.served, APP, "one", "1.0");
    const { scanner, origin, scannedAt, findings } = reportIn(await ask.of(APP, image.digest));
    expect({ scanner, origin, scannedAt }).toEqual({ scanner: "inspector2", origin: "registry", scannedAt: START });
    expect(findings).toMatchObject([
      { id: "CVE-2026-0001", severity: "critical", exploit: { probability: 0.9, isKnownExploited: true } },
      { id: "CVE-2026-0002", severity: "high" },
    ]);
    expect(findings[1]?.exploit).toBeUndefined();
  });

  test("all pages are one report, and findings of another image, repository or account are not in it", async () => {
    finds(...many(205, { severity: "LOW" }));
    const image = await pushImage(world.served, APP, "one", "1.0");
    finds(vulnerability("CVE-2026-9999"));
    await pushImage(world.served, APP, "two", "2.0");
    expect((await pushImage(world.served, "team/other", "one", "1.0")).digest).toBe(image.digest);
    const { findings } = reportIn(await ask.of(APP, image.digest));
    expect(findings).toHaveLength(205);
    expect(findings.map(({ id }) => id)).not.toContain("CVE-2026-9999");
    expect(callsOf("ListFindings")).toHaveLength(9);
  });

  test("what somebody had suppressed is told as that, and what was closed is not told", async () => {
    finds(vulnerability("CVE-2026-0001", { isSuppressed: true }), vulnerability("CVE-2026-0002"));
    const image = await pushImage(world.served, APP, "one", "1.0");
    world.home.scan(APP, image.digest, { kind: "found", vulnerabilities: [vulnerability("CVE-2026-0001", { isSuppressed: true })] });
    const { findings } = reportIn(await ask.of(APP, image.digest));
    expect(findings).toMatchObject([{ id: "CVE-2026-0001", status: { kind: "suppressed", by: "inspector" } }]);
  });

  test("what is suppressed or slight is not looked up in the catalogue of CISA", async () => {
    const grave = { severity: "CRITICAL" } as const;
    const slight = Array.from({ length: 10 }, (_, at) => vulnerability(`CVE-2025-000${at}`, { severity: "LOW" }));
    finds(vulnerability("CVE-2026-9999", grave), ...many(10, { ...grave, isSuppressed: true }), ...slight);
    const image = await pushImage(world.served, APP, "one", "1.0");
    expect(reportIn(await ask.of(APP, image.digest)).findings).toHaveLength(21);
    // Ten at once.
    expect(callsOf("BatchGetFindingDetails")).toHaveLength(1);
  });

  test("an empty list right after the scan says nothing; some time later it says that there is nothing", async () => {
    finds();
    const image = await pushImage(world.served, APP, "one", "1.0");
    expect(await ask.of(APP, image.digest)).toEqual({ kind: "pending", why: expect.any(String), until: START + 5 * MINUTE });
    await pass(5 * MINUTE);
    expect(reportIn(await ask.of(APP, image.digest)).findings).toEqual([]);
  });

  test("findings that come to light late are found at the next look", async () => {
    finds(vulnerability("CVE-2026-0001"));
    world.aws.controls.emptyFindingsLooks = 1;
    const image = await pushImage(world.served, APP, "one", "1.0");
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind: "pending" });
    expect(reportIn(await ask.of(APP, image.digest)).findings).toHaveLength(1);
  });

  test.each<[string, string]>([
    ["UNSUPPORTED_OS", "unsupported"],
    ["UNSUPPORTED_MEDIA_TYPE", "unsupported"],
    ["IMAGE_SIZE_EXCEEDED", "unsupported"],
    ["SCAN_FREQUENCY_MANUAL", "unsupported"],
    ["NO_INVENTORY", "unsupported"],
    ["PENDING_REVIVAL_SCAN", "pending"],
    ["SCAN_IN_PROGRESS", "pending"],
    ["ACCESS_DENIED", "unavailable"],
    ["ACCESS_DENIED_TO_ENCRYPTION_KEY", "unavailable"],
    ["INTERNAL_ERROR", "failed"],
  ])("coverage that says %s is %s, with the reason", async (reason, kind) => {
    world.aws.controls.scanner = () => ({ kind: "unsupported", reason });
    const image = await pushImage(world.served, APP, "one", "1.0");
    const found = await ask.of(APP, image.digest);
    expect(found).toMatchObject({ kind, why: expect.stringContaining(reason) });
  });

  test("where its time is over all findings are closed, and nothing was mended", async () => {
    finds(vulnerability("CVE-2026-0001", { severity: "CRITICAL" }));
    const image = await pushImage(world.served, APP, "one", "1.0");
    world.home.scan(APP, image.digest, { kind: "unsupported", reason: "SCAN_ELIGIBILITY_EXPIRED" });
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind: "stale", reports: [] });
  });

  test("a look that has not been made is pending", async () => {
    world.aws.controls.scanForMs = MINUTE;
    const image = await pushImage(world.served, APP, "one", "1.0");
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind: "pending", why: expect.stringContaining("PENDING_INITIAL_SCAN") });
  });

  test("an image that it does not know is pending for a while after its push, and unscanned after that", async () => {
    const image = await pushImage(world.served, APP, "one", "1.0");
    world.home.state.repositories.get(APP)?.scans.clear();
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind: "pending" });
    await pass(2 * HOUR);
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind: "absent" });
  });

  test("an index is not asked for: what it names is", async () => {
    const child = await pushImage(world.served, APP, "one");
    const index = await pushIndex(world.served, APP, [child], "1.0");
    expect(await ask.of(APP, index.digest, true)).toMatchObject({ kind: "absent" });
    expect(world.aws.calls.filter(({ service }) => service === "inspector2")).toEqual([]);
  });

  test("a throttle is waited for, and one that does not end is a fault", async () => {
    finds(vulnerability("CVE-2026-0001"));
    const image = await pushImage(world.served, APP, "one", "1.0");
    let left = 2;
    world.aws.decide = ({ operation }) => (operation === "ListFindings" && left-- > 0 ? "throttle" : "pass");
    expect(reportIn(await ask.of(APP, image.digest)).findings).toHaveLength(1);
    world.aws.decide = ({ operation }) => (operation === "ListFindings" ? "throttle" : "pass");
    const fault = await ask.of(APP, image.digest).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(AdapterError);
    expect(fault).toMatchObject({ code: "rate-limited", retryable: true });
  });

  test("findings count where nobody can say which of them CISA lists", async () => {
    finds(vulnerability("CVE-2026-0001", { severity: "CRITICAL" }));
    const image = await pushImage(world.served, APP, "one", "1.0");
    world.aws.decide = ({ operation }) => (operation === "BatchGetFindingDetails" ? "fail" : "pass");
    const { findings, notes } = reportIn(await ask.of(APP, image.digest));
    expect([findings.length, notes.length]).toEqual([1, 1]);
  });

  test("of very many grave findings the first two hundred are asked about, ten at a time", async () => {
    finds(...many(230));
    const image = await pushImage(world.served, APP, "one", "1.0");
    const { findings, notes } = reportIn(await ask.of(APP, image.digest));
    expect([findings.length, notes.length]).toEqual([230, 1]);
    expect(callsOf("BatchGetFindingDetails")).toHaveLength(20);
  });

  test("which scanner the registry has is asked once in a while", async () => {
    const image = await pushImage(world.served, APP, "one", "1.0");
    await Promise.all([ask.of(APP, image.digest), ask.of(APP, image.digest)]);
    expect(callsOf("GetRegistryScanningConfiguration")).toHaveLength(1);
    configure("BASIC");
    world.home.state.repositories.get(APP)?.scans.clear();
    await pass(5 * MINUTE);
    await ask.of(APP, image.digest);
    expect(callsOf("GetRegistryScanningConfiguration")).toHaveLength(2);
    expect(callsOf("DescribeImageScanFindings")).toHaveLength(1);
  });

  test("a registry whose scanner could not be asked for is asked again", async () => {
    const image = await pushImage(world.served, APP, "one", "1.0");
    world.aws.decide = () => "fail";
    await expect(ask.of(APP, image.digest)).rejects.toMatchObject({ code: "unreachable" });
    world.aws.decide = () => "pass";
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind: "pending" });
  });
});

describe("where Inspector may not be asked", () => {
  beforeEach(() => {
    configure("ENHANCED");
    world.aws.decide = ({ service }) => (service === "inspector2" ? "deny" : "pass");
  });

  test("what ECR lists of its findings counts, and says that it is less", async () => {
    finds(...many(150, { epss: 0.9 }));
    const image = await pushImage(world.served, APP, "one", "1.0");
    const { scanner, findings, notes } = reportIn(await ask.of(APP, image.digest));
    expect([scanner, findings.length, notes.length]).toEqual(["ecr", 150, 1]);
    expect(findings[0]?.exploit).toBeUndefined();
  });

  test("a scan that is said to be complete and lists nothing is not known to be clean", async () => {
    finds();
    const image = await pushImage(world.served, APP, "one", "1.0");
    await pass(HOUR);
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind: "pending", why: expect.stringContaining("Inspector") });
  });

  test("an image whose time is over is stale", async () => {
    finds(vulnerability("CVE-2026-0001"));
    const image = await pushImage(world.served, APP, "one", "1.0");
    world.home.scan(APP, image.digest, { kind: "unsupported", reason: "SCAN_ELIGIBILITY_EXPIRED" });
    expect(await ask.of(APP, image.digest)).toMatchObject({ kind: "stale", reports: [] });
  });
});

test("the same findings have one digest, and others another", async () => {
  configure("ENHANCED");
  finds(vulnerability("CVE-2026-0001"));
  const one = await pushImage(world.served, APP, "one", "1.0");
  const first = reportIn(await ask.of(APP, one.digest)).digest;
  expect(reportIn(await ask.of(APP, one.digest)).digest).toBe(first);
  world.home.scan(APP, one.digest, { kind: "found", vulnerabilities: many(2) });
  expect(reportIn(await ask.of(APP, one.digest)).digest).not.toBe(first);
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RepositoryKey } from "../../../../shared/domain/image-ref.ts";
import { instant } from "../../../../shared/domain/time.ts";
import { type Pushed, pushImage } from "../../../fakes/pusher.ts";
import { type Asking, findingsAt, HOST, reportIn } from "../../../fixtures/aws-findings.ts";
import { APP, type AwsWorld, openAwsWorld, START, vulnerability } from "../../fakes-aws/aws-world.ts";

/** Answers that the vendor's model allows and that tell less than a client would like to hear. */

type Json = Readonly<Record<string, unknown>>;
type Edit = (answer: Json, asked: Json) => Json | Response;

const HOUR = 3_600_000;

let world: AwsWorld;
let ask: Asking;
let image: Pushed;
let passed: number;
let edits: Map<string, Edit>;
beforeEach(async () => {
  passed = 0;
  edits = new Map();
  world = await openAwsWorld({
    async around(request, next) {
      const operation = request.headers.get("x-amz-target")?.split(".").at(-1) ?? new URL(request.url).pathname;
      const edit = edits.get(operation);
      if (edit === undefined) return next(request);
      const asked: Json = JSON.parse(await request.clone().text());
      const edited = edit(JSON.parse(await (await next(request)).text()), asked);
      return edited instanceof Response ? edited : Response.json(edited);
    },
  });
  ask = findingsAt(world.aws, () => START + passed);
});
afterEach(() => world.close());

async function scanned(scanType: "BASIC" | "ENHANCED", amount = 1): Promise<void> {
  world.home.scanEverything(scanType, scanType === "BASIC" ? "SCAN_ON_PUSH" : "CONTINUOUS_SCAN");
  const vulnerabilities = Array.from({ length: amount }, (_, at) => vulnerability(`CVE-2026-${at}`, { severity: "LOW" }));
  world.aws.controls.scanner = () => ({ kind: "found", vulnerabilities });
  image = await pushImage(world.served, APP, "one", "1.0");
}

const found = () => ask.of(APP, image.digest);

describe("where the second page of a basic scan", () => {
  const code = "ScanNotFoundException";
  const gone = () => Response.json({ __type: code, message: "gone" }, { status: 400, headers: { "x-amzn-errortype": code } });
  const withStatus = (status: string) => (answer: Json) => ({ ...answer, imageScanStatus: { status }, imageScanFindings: null });
  const told = (answer: Json): Json => Object(answer["imageScanFindings"]);

  test.each<[string, Edit]>([
    ["is of no scan", gone],
    ["says that the scan runs", withStatus("IN_PROGRESS")],
    ["says that it failed", withStatus("FAILED")],
    ["has no list", withStatus("COMPLETE")],
    ["is of another image", (answer) => ({ ...answer, imageId: { imageDigest: `sha256:${"0".repeat(64)}` } })],
    ["is of a later scan", (answer) => ({ ...answer, imageScanFindings: { ...told(answer), imageScanCompletedAt: START / 1000 + 60 } })],
  ])("%s there is no report, and it is asked for again", async (_, edit) => {
    await scanned("BASIC", 1_001);
    edits.set("DescribeImageScanFindings", (answer, asked) => (asked["nextToken"] === undefined ? answer : edit(answer, asked)));
    await expect(found()).rejects.toMatchObject({ code: "conflict", retryable: true });
  });

  test("leaves out which image it is of, and when that was scanned, it is the rest of the first one", async () => {
    await scanned("BASIC", 1_001);
    edits.set("DescribeImageScanFindings", (answer, asked) => {
      if (asked["nextToken"] === undefined) return answer;
      const { imageId: _, ...rest } = answer;
      return { ...rest, imageScanFindings: { findings: told(answer)["findings"] } };
    });
    expect(reportIn(await found()).findings).toHaveLength(1_001);
  });
});

describe("what Inspector lists", () => {
  beforeEach(() => scanned("ENHANCED", 2));
  /** One entry is as it was, the other one as it is given. */
  const second = (more: Json): void => void edits.set("/findings/list", ({ findings }) => ({ findings: both(findings, more) }));
  const both = (findings: unknown, more: Json): readonly Json[] =>
    Array.isArray(findings) ? findings.map((one: Json, at) => (at === 1 ? { ...one, ...more } : one)) : [];
  const all = (more: Json): void =>
    void edits.set("/findings/list", ({ findings }) => ({
      findings: Array.isArray(findings) ? findings.map((one: Json) => ({ ...one, ...more })) : [],
    }));

  test("without an id goes by the finding's own name, and counts", async () => {
    second({ severity: "CRITICAL", packageVulnerabilityDetails: null });
    expect(reportIn(await found()).findings).toMatchObject([
      { severity: "low" },
      { id: expect.stringMatching(/^arn:aws:inspector2:/), severity: "critical" },
    ]);
  });

  test("without any name is no report where it may be graver than what has one, and is left out with a note where not", async () => {
    const nameless = { packageVulnerabilityDetails: null, findingArn: "", title: "" };
    second({ ...nameless, severity: "MEDIUM" });
    expect(await found()).toMatchObject({ kind: "failed" });
    second({ ...nameless, severity: "UNTRIAGED" });
    expect(await found()).toMatchObject({ kind: "failed" });
    second({ ...nameless, severity: "INFORMATIONAL" });
    const { findings, notes } = reportIn(await found());
    expect([findings.length, notes.length]).toEqual([1, 1]);
  });

  test("of a kind that nobody knows is no clean image", async () => {
    all({ type: "MALWARE", packageVulnerabilityDetails: null });
    passed = HOUR;
    expect(await found()).toMatchObject({ kind: "unsupported" });
  });

  test("of code alone is a clean image some time after the scan, as an empty list is, with a note", async () => {
    all({ type: "CODE_VULNERABILITY" });
    expect(await found()).toMatchObject({ kind: "pending" });
    passed = HOUR;
    const { findings, notes } = reportIn(await found());
    expect([findings.length, notes.length]).toEqual([0, 1]);
  });

  test("as changed is of every image that it names, and without a time as of now", async () => {
    all({ updatedAt: undefined, resources: [{ type: "OTHER" }, { id: arn() }] });
    const repository: RepositoryKey = { registry: HOST, repository: APP };
    const changes = await Array.fromAsync(ask.source.changedSince?.(repository, instant(START)) ?? []);
    expect(changes).toEqual([
      { digest: image.digest, at: START },
      { digest: image.digest, at: START },
    ]);
  });

  const arn = (): string => `arn:aws:ecr:eu-central-1:123456789012:repository/${APP}/${image.digest}`;

  test("and is not told whether CISA lists is noted, with the reason", async () => {
    all({ severity: "CRITICAL" });
    edits.set("/findings/details/batch/get", ({ findingDetails }) => ({
      findingDetails: Array.isArray(findingDetails) ? findingDetails.slice(1) : [],
      errors: [{ findingArn: "a", errorCode: "ACCESS_DENIED", errorMessage: "no" }],
    }));
    const { findings, notes } = reportIn(await found());
    expect([findings.length, notes]).toEqual([2, [expect.stringMatching(/1 of its findings .*ACCESS_DENIED/)]]);
  });
});

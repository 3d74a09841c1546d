import { describe, expect, test } from "vitest";
import type { Action } from "../../../shared/domain/action.ts";
import type { FindingsEvidence, ImageEvidence, ScanReport } from "../../../shared/domain/evidence.ts";
import type { HoldState } from "../../../shared/domain/image-record.ts";
import { withEarlierScans } from "../../../shared/pipeline/earlier-scans.ts";
import { present } from "../../../shared/pipeline/work.ts";
import { entryOf, evidenceOf, findingOf } from "../../fixtures/evidence.ts";
import { actionOf, digestOf, keyOf, NOW } from "../../fixtures/records.ts";

const HELD: HoldState = { kind: "held", since: NOW, actionId: "hold:x:1", strength: "blocked" };
const ARCHIVED: FindingsEvidence = { kind: "unsupported", why: "it is archived" };

function report(origin: ScanReport["origin"], id: string): ScanReport {
  return { scanner: origin, scannedAt: NOW, databaseAt: "unknown", origin, digest: digestOf(id), findings: [findingOf(id)] };
}
const reported = (first: ScanReport, ...others: readonly ScanReport[]): FindingsEvidence => ({
  kind: "reported",
  reports: [first, ...others],
});
const image = (findings: FindingsEvidence, children: readonly ImageEvidence[] = []): ImageEvidence =>
  evidenceOf([], { findings, children });
const child = (name: string, findings: FindingsEvidence): ImageEvidence =>
  evidenceOf([], { findings, subject: { digest: digestOf(name), kind: "image", tags: [], firstSeenAt: NOW } });

async function judgedBy(
  now: ImageEvidence,
  earlier: ImageEvidence | undefined,
  hold: HoldState = HELD,
  pending?: Action,
): Promise<readonly [ImageEvidence, number]> {
  let reads = 0;
  const evidence = {
    async last() {
      reads += 1;
      return earlier === undefined ? undefined : { ...entryOf("a", earlier), digest: digestOf("entry") };
    },
  };
  return [await withEarlierScans({ evidence }, { key: keyOf("a"), hold, ...present({ pending }) }, now), reads];
}

const idsIn = ({ findings }: ImageEvidence): readonly string[] =>
  "reports" in findings ? findings.reports.flatMap((each) => each.findings.map(({ id }) => id)) : [findings.kind];

describe("what the registry's scanner had found in an image", () => {
  const before = image(reported(report("registry", "CVE-1"), report("attached", "CVE-2")));

  test("counts on while the image is held and nobody can scan it, and is told to be from before", async () => {
    const [judged] = await judgedBy(image(ARCHIVED), before);
    expect(judged.findings).toMatchObject({
      kind: "reported",
      reports: [{ scanner: "registry", scannedAt: NOW }],
      notes: [ARCHIVED.why, expect.any(String)],
    });
    expect(idsIn(judged)).toEqual(["CVE-1"]);
  });

  test("counts also while the hold is under way, for the registry may have done it already", async () => {
    const [judged] = await judgedBy(image(ARCHIVED), before, { kind: "free" }, actionOf(keyOf("a"), "hold"));
    expect(idsIn(judged)).toEqual(["CVE-1"]);
    expect(await judgedBy(image(ARCHIVED), before, { kind: "free" }, actionOf(keyOf("a"), "release"))).toEqual([image(ARCHIVED), 0]);
  });

  test("is known still when it could not be asked for in between, which is left open", async () => {
    const [between] = await judgedBy(image({ kind: "unavailable", why: "no answer" }), before);
    expect(between.findings).toMatchObject({ kind: "unavailable", why: "no answer" });
    expect(idsIn(between)).toEqual(["CVE-1"]);
    const [judged] = await judgedBy(image(ARCHIVED), between);
    expect(judged.findings.kind).toBe("reported");
    expect(idsIn(judged)).toEqual(["CVE-1"]);
  });

  test("counts beside what others report of it now", async () => {
    const [judged] = await judgedBy(image(reported(report("attached", "CVE-3"))), before);
    expect(idsIn(judged)).toEqual(["CVE-1", "CVE-3"]);
  });

  test("counts for each platform of an index by itself", async () => {
    const then = image({ kind: "absent" }, [child("x", reported(report("registry", "CVE-X"))), child("y", { kind: "absent" })]);
    const now = image({ kind: "absent" }, [child("y", ARCHIVED), child("x", ARCHIVED)]);
    const [judged] = await judgedBy(now, then);
    expect([judged, ...judged.children].map(idsIn)).toEqual([["absent"], ["unsupported"], ["CVE-X"]]);
  });

  test.each<[string, ImageEvidence, HoldState | undefined]>([
    ["is scanned again", image(reported(report("registry", "CVE-9"))), undefined],
    ["is not held", image(ARCHIVED), { kind: "free" }],
  ])("does not count where the image %s, and is not looked up", async (_, now, hold) => {
    expect(await judgedBy(now, before, hold)).toEqual([now, 0]);
  });

  test("does not count where there was nothing", async () => {
    expect(await judgedBy(image(ARCHIVED), undefined)).toEqual([image(ARCHIVED), 1]);
    expect(await judgedBy(image(ARCHIVED), image(reported(report("posted", "CVE-1"))))).toEqual([image(ARCHIVED), 1]);
  });
});

test("without a memory an image is judged by what is known now", async () => {
  expect(await withEarlierScans({}, { key: keyOf("a"), hold: HELD }, image(ARCHIVED))).toEqual(image(ARCHIVED));
});

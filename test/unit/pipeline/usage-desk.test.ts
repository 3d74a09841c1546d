import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import { type Duration, type Instant, parseDuration } from "../../../shared/domain/time.ts";
import type { UsageReport } from "../../../shared/domain/usage.ts";
import { usageDesk } from "../../../shared/pipeline/usage-desk.ts";
import { readJudgeWork } from "../../../shared/pipeline/work.ts";
import type { Store } from "../../../shared/ports/store.ts";
import type { Reported, UsageClaim, UsageDesk } from "../../../shared/ports/usage-desk.ts";
import { createMetrics } from "../../../shared/runtime/metrics.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead } from "../../contract/store.ts";
import { at, digestOf, keyOf, NOW, recordOf, verdictOf } from "../../fixtures/records.ts";

const HOUR = parseDuration("1h");
const deadline: ImageRecord["deadline"] = {
  since: { "no-critical": NOW },
  until: at(7 * 24 * HOUR),
  afterwards: "hold",
  use: { kind: "running", workloads: ["east: shop/Deployment/api"], owners: [] },
  isOver: false,
};
const violating = { verdict: verdictOf("violating"), deadline };
const index = recordOf(keyOf("index"), { ...violating, kind: "index", children: [digestOf("arm")] });
const child = recordOf(keyOf("arm"), violating);
const alone = recordOf(keyOf("alone"), violating);
const free = recordOf(keyOf("free"));
const ANN = { name: "ann", reason: "the cluster was switched off" };
const RUNS = [{ name: "shop/Deployment/api" }] as const;

let store: Store;
let desk: UsageDesk;
let now: Instant;
beforeEach(async () => {
  store = openSqliteStore({ file: ":memory:", signHead });
  now = NOW;
  const places = [
    { name: "east", maxAge: HOUR },
    { name: "west", maxAge: (2 * HOUR) as Duration, reporter: "west-cluster" },
  ];
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  desk = usageDesk({ ...store, places, pulledWithin: HOUR, clock: { now: () => now }, log, metrics: createMetrics() });
  for (const image of [index, child, alone, free]) await store.ledger.commit({ image, intents: [], outcomes: [], journal: [] });
});
afterEach(() => store.close());

const claim = (place: string, images: readonly string[], fields: Partial<UsageClaim> = {}): UsageClaim => ({
  place,
  seenAt: now,
  images: images.map((name): UsageReport["images"][number] => ({ digest: digestOf(name), workloads: RUNS })),
  unmatched: [],
  reporter: place === "west" ? "west-cluster" : "anybody",
  nothingRuns: true,
  ...fields,
});

async function queued(): Promise<readonly (string | undefined)[]> {
  const jobs = await store.queue.claim(10, now, 1_000);
  return jobs.map((job) => readJudgeWork(job.payload)).map(({ digest, run }) => `${run ?? ""} ${digest ?? ""}`);
}

const again = (...records: readonly ImageRecord[]): readonly string[] => records.map(({ key }) => `usage-1 ${key.digest}`);

describe("an image with a deadline is judged again when a report says that nothing runs it any more", () => {
  test("and not before the last place said so", async () => {
    await desk.report(claim("east", ["alone", "free"]));
    await desk.report(claim("west", ["alone"]));
    expect(await desk.report(claim("east", []))).toMatchObject({ kind: "stored", ended: 2, queued: 0 });
    expect(await desk.report(claim("west", []))).toMatchObject({ kind: "stored", ended: 1, queued: 1 });
    expect(await queued()).toEqual(again(alone));
  });

  test("an index with the platforms of it that ran", async () => {
    await desk.report(claim("west", []));
    await desk.report(claim("east", ["arm"]));
    await desk.report(claim("east", []));
    expect(new Set(await queued())).toEqual(new Set(again(index, child)));
  });

  test("a platform whose index ran", async () => {
    await desk.report(claim("west", []));
    await desk.report(claim("east", ["index"]));
    await desk.report(claim("east", []));
    expect(new Set(await queued())).toEqual(new Set(again(index, child)));
  });

  test("not while another place is silent, or runs what may be it", async () => {
    await desk.report(claim("east", ["alone"]));
    expect(await desk.report(claim("east", []))).toMatchObject({ ended: 1, queued: 0 });
    await desk.report(claim("west", [], { unmatched: [{ workload: RUNS[0] }] }));
    await desk.report(claim("east", ["alone"]));
    expect(await desk.report(claim("east", []))).toMatchObject({ ended: 1, queued: 0 });
  });

  test("and when the place that ran it is forgotten", async () => {
    await store.usage.put({ place: "gone", seenAt: NOW, images: [{ digest: alone.key.digest, workloads: RUNS }], unmatched: [] });
    await desk.report(claim("west", []));
    await desk.report(claim("east", []));
    expect(await desk.forget("gone", ANN)).toBe(1);
    expect(await queued()).toEqual(again(alone));
    expect(await desk.forget("gone", ANN)).toBeUndefined();
    const told = (await store.ledger.journal(0, 100)).map(({ event }) => event);
    expect(told).toMatchObject([{ kind: "place-forgotten", place: "gone", images: 1, by: ANN }]);
  });
});

describe("a report is refused, and the word before stays", () => {
  const refused: readonly (readonly [string, () => UsageClaim, Reported["kind"]])[] = [
    ["of a place that nobody expects", () => claim("north", ["alone"]), "not-found"],
    ["by somebody else than the place's own reporter", () => claim("west", ["alone"], { reporter: "east-cluster" }), "refused"],
    ["that names nothing, and does not say that it is meant so", () => claim("east", [], { nothingRuns: false }), "refused"],
    ["that was overtaken", () => claim("east", ["alone"], { seenAt: at(-1) }), "refused"],
  ];
  test.each(refused)("%s", async (_, given, kind) => {
    await desk.report(claim("east", ["free"]));
    const before = await desk.places();
    expect((await desk.report(given())).kind).toBe(kind);
    expect(await desk.places()).toEqual(before);
  });
});

test("a clock that runs ahead does not make a report younger than its arrival", async () => {
  await desk.report(claim("east", ["free"], { seenAt: at(24 * HOUR) }));
  expect((await desk.places())[0]).toMatchObject({ name: "east", seenAt: NOW, isSilent: false });
  now = at(HOUR + 1);
  expect((await desk.places())[0]).toMatchObject({ isSilent: true });
  expect(await desk.report(claim("east", ["alone"]))).toMatchObject({ kind: "stored", ended: 1 });
});

test("places are those that are expected, silent until they report, and those whose last word still counts", async () => {
  await store.usage.put({ place: "gone", seenAt: NOW, images: [], unmatched: [{ workload: RUNS[0] }] });
  await desk.report(claim("west", ["alone"]));
  expect(await desk.places()).toEqual([
    { name: "east", maxAge: HOUR, seenAt: "never", images: 0, unmatched: 0, isSilent: true },
    { name: "west", maxAge: 2 * HOUR, seenAt: NOW, images: 1, unmatched: 0, isSilent: false },
    { name: "gone", seenAt: NOW, images: 0, unmatched: 1, isSilent: false },
  ]);
});

test("of an image is told whether it is in use in every repository that has it, with what each place said", async () => {
  await desk.report(claim("east", ["alone"]));
  const [use, ...others] = await desk.of(alone.key.digest);
  expect(others).toEqual([]);
  expect(use).toMatchObject({ image: alone.key, usage: { kind: "running" }, seen: [{ place: "east", workloads: RUNS, unmatched: [] }] });
  expect(await desk.of(digestOf("never"))).toEqual([]);
});

import { describe, expect, test } from "vitest";
import { PlaceList, StoredUsageView, UsageOfDigest } from "../../../shared/web/api/schema-usage.ts";
import { HOST, openWebGate, REPORTER, TOKEN, VIEWER, type WebGate } from "../../fakes/web-gate.ts";
import { digestOf, keyOf, NOW, recordOf } from "../../fixtures/records.ts";
import { answerTo, get, post } from "./api-requests.ts";

const IMAGE = keyOf("image");
const AT = "2026-11-21T12:00:00.000Z";
const WORKLOAD = { name: "shop/Deployment/api", owner: "shop" };
const report = {
  place: "east",
  seenAt: AT,
  images: [{ digest: IMAGE.digest, workloads: [WORKLOAD] }],
  unmatched: [{ workload: { name: "shop/Pod/x" }, repository: "shop/web" }],
};

async function seeded(): Promise<WebGate> {
  const gate = openWebGate();
  await gate.remember(recordOf(IMAGE));
  return gate;
}

describe("every answer fits its own document", () => {
  const image = report.images[0];
  const requests: readonly (readonly [string, number, () => Request])[] = [
    ["a report by its reporter", 200, () => post("/usage", report, REPORTER)],
    ["a report by somebody else than its reporter", 409, () => post("/usage", report)],
    ["a report for a place that has no reporter of its own", 200, () => post("/usage", { ...report, place: "west" })],
    ["a report by who may only read", 403, () => post("/usage", report, VIEWER)],
    ["a report of a place that nobody expects", 404, () => post("/usage", { ...report, place: "north" }, REPORTER)],
    ["an empty report", 409, () => post("/usage", { ...report, images: [], unmatched: [] }, REPORTER)],
    ["an empty report that is meant so", 200, () => post("/usage", { ...report, images: [], unmatched: [], nothingRuns: true }, REPORTER)],
    ["a digest that is none", 400, () => post("/usage", { ...report, images: [{ ...image, digest: "latest" }] }, REPORTER)],
    ["a digest that is named twice", 400, () => post("/usage", { ...report, images: [image, image] }, REPORTER)],
    ["an image without a workload", 400, () => post("/usage", { ...report, images: [{ ...image, workloads: [] }] }, REPORTER)],
    [
      "a workload whose name moves the cursor",
      400,
      () => post("/usage", { ...report, unmatched: [{ workload: { name: "\u001b[2J" } }] }, REPORTER),
    ],
    [
      "a repository with its registry",
      400,
      () => post("/usage", { ...report, unmatched: [{ workload: WORKLOAD, repository: "a.b:5000/c" }] }, REPORTER),
    ],
    ["a key that means nothing", 400, () => post("/usage", { ...report, nothing_runs: true }, REPORTER)],
    ["no time", 400, () => post("/usage", { ...report, seenAt: "now" }, REPORTER)],
    ["the places", 200, () => get("/places")],
    ["the places for who may only report", 403, () => get("/places", REPORTER)],
    ["the use of an image", 200, () => get(`/images/${IMAGE.digest}/usage`)],
    ["the use of no image", 404, () => get(`/images/${digestOf("never")}/usage`)],
    ["a place that is forgotten", 200, () => post("/places/old/forget", { reason: "switched off" })],
    ["a place that is forgotten for no reason", 400, () => post("/places/old/forget", {})],
    ["a place that never was", 404, () => post("/places/never/forget", { reason: "switched off" })],
    ["a place that is forgotten by who may only read", 403, () => post("/places/old/forget", { reason: "switched off" }, VIEWER)],
    ["the status", 200, () => get("/status")],
  ];

  test.each(requests)("%s: %i", async (_name, status, request) => {
    const gate = await seeded();
    await gate.store.usage.put({ place: "old", seenAt: NOW, images: [], unmatched: [] });
    expect(await answerTo(gate, request())).toEqual({ status, faults: [] });
  });
});

test("what a place reports is what is told of it, and of the image", async () => {
  const gate = await seeded();
  const stored = StoredUsageView.parse(await (await gate.app.fetch(post("/usage", report, REPORTER))).json());
  expect(stored).toEqual({ images: 1, unmatched: 1, ended: 0, queued: 0 });
  const { places } = PlaceList.parse(await (await gate.app.fetch(get("/places"))).json());
  expect(places).toEqual([
    { name: "east", isExpected: true, seenAt: AT, images: 1, unmatched: 1, isSilent: false },
    { name: "west", isExpected: true, seenAt: "never", images: 0, unmatched: 0, isSilent: true },
  ]);
  const { uses } = UsageOfDigest.parse(await (await gate.app.fetch(get(`/images/${IMAGE.digest}/usage`))).json());
  expect(uses).toMatchObject([{ use: "running", seen: [{ place: "east", seenAt: AT, workloads: [WORKLOAD], unmatched: [] }] }]);
});

test("a report of many thousand images is taken whole", async () => {
  const gate = await seeded();
  const images = Array.from({ length: 20_000 }, (_, number) => ({ digest: digestOf(`image ${number}`), workloads: [WORKLOAD] }));
  const response = await gate.app.fetch(post("/usage", { ...report, images }, REPORTER));
  expect(await response.json()).toMatchObject({ images: 20_000 });
});

test("a silent place is shown on the first page and has an alarm among the figures", async () => {
  const gate = await seeded();
  const places = [
    { name: "east", maxAge: 1 as never, seenAt: NOW, images: 3, unmatched: 2, isSilent: false },
    { name: "west", maxAge: 1 as never, seenAt: "never" as const, images: 0, unmatched: 0, isSilent: true },
  ];
  gate.answers.status = { ...gate.answers.status, places };
  const figures = await (
    await gate.app.fetch(new Request(`http://${HOST}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } }))
  ).text();
  expect(figures).toContain('moorgate_place_silent{place="east"} 0');
  expect(figures).toContain('moorgate_place_silent{place="west"} 1');
  expect(figures).toContain('moorgate_place_unmatched_workloads{place="east"} 2');
  expect(figures).toContain('moorgate_place_report_age_seconds{place="east"} 0');
  expect(figures).not.toContain('moorgate_place_report_age_seconds{place="west"}');
});

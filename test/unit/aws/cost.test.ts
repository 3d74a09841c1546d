import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findingLines, naiveLines, pushLines, sum } from "../../../infra/aws/cost.ts";
import { ASSUMED, type Counts } from "../../../infra/aws/cost-basis.ts";
import { costDocument } from "../../../infra/aws/cost-document.ts";
import { readDeployment } from "../../../infra/aws/deployment.ts";
import { ROOT } from "./compiled.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const counts: Counts = JSON.parse(read("infra/aws/cost-counts.json"));
const deployment = readDeployment(ROOT);

test("the page on costs says what is computed from what was counted", () => {
  expect(read("infra/aws/cost.md")).toBe(costDocument(counts, deployment));
});

test("another count gives another page", () => {
  const dearer = { ...counts, pushed: { ...counts.pushed, writeUnits: counts.pushed.writeUnits + 1 } };
  expect(sum(pushLines(dearer, deployment, false)) - sum(pushLines(counts, deployment, false))).toBeCloseTo(0.625, 6);
  expect(costDocument(dearer, deployment)).not.toBe(costDocument(counts, deployment));
});

test("a push costs less than in the naive layout, which is the one that is known", () => {
  expect(sum(naiveLines())).toBeCloseTo(16.57, 1);
  expect(sum(pushLines(counts, deployment, false))).toBeLessThan(sum(naiveLines()));
});

test("findings that come one by one are paid by the message, and looked into by the image", () => {
  const [table, , queue] = findingLines(counts, deployment);
  // 10M messages sent, and a tenth as many batches taken and deleted.
  expect(queue?.usd).toBeCloseTo(12 * 0.4, 6);
  const looks = (ASSUMED.pushes * ASSUMED.findings * ASSUMED.findingImages) / ASSUMED.findingBatch / 1e6;
  expect(table?.usd).toBeCloseTo(looks * (counts.rescanned.writeUnits * 0.625 + counts.rescanned.readUnits * 0.125), 6);
  expect(costDocument(counts, deployment)).toContain(`| + ${sum(findingLines(counts, deployment)).toFixed(2)} |`);
});

test("what the deployment costs by itself is read from its files", () => {
  expect(deployment).toMatchObject({ sweepsPerMonth: 120, keys: 2, interfaceEndpoints: 6 });
  expect(Object.values(deployment.memoryMiB).every((each) => each >= 128)).toBe(true);
  expect(deployment.alarms).toBeGreaterThan(10);
});

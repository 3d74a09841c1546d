import { expect, test } from "vitest";
import { instant } from "../../shared/domain/time.ts";
import { openHandClock } from "../fakes/clock.ts";
import { openMemoryRegistry } from "../fakes/memory-registry.ts";
import { openTruth } from "./truth.ts";

const [PLANNED, ENDED] = [instant(2_000), instant(4_000)];
const DIGEST = `sha256:${"1".repeat(64)}`;
const DIALECT = { name: "any", hasReferrersApi: true, mountsBlobs: true, keepsChildren: false, deletesTags: true };

/** What may come back after a user took the tag v1 away while nothing goes on, and an act was planned and ended at their times. */
function returning(takenAt: number): readonly string[] {
  const truth = openTruth();
  const [registry, clock] = [openMemoryRegistry(DIALECT, () => {}), openHandClock(instant(takenAt))];
  truth.disturb({ registry, clock, process: { tasks: new Set() } }, "shop/api", ["v1"], DIGEST);
  truth.underWay("shop/api", DIGEST, PLANNED, ENDED);
  const names = [`:v1@${DIGEST}`, `:v2@${DIGEST}`, `@${DIGEST}`];
  return names.filter((name) => truth.mayReturn("shop/api", name));
}

test("a tag that a user takes away between the tries of a hold may come back with it", () => {
  expect(returning(3_000)).toEqual([`:v1@${DIGEST}`, `@${DIGEST}`]);
});

test("one that was taken away before the plan, or after the end, may not", () => {
  expect(returning(1_999)).toEqual([]);
  expect(returning(4_001)).toEqual([]);
});

test("a release tag may go back to what the gate set it to, from when that was planned", () => {
  const truth = openTruth();
  truth.promoted("shop/api", "v1", DIGEST, ENDED);
  truth.promoted("shop/api", "v1", DIGEST, PLANNED);
  const times = [instant(1_999), PLANNED, ENDED];
  expect(times.map((by) => truth.wasPromoted("shop/api", "v1", DIGEST, by))).toEqual([false, true, true]);
  expect(truth.wasPromoted("shop/api", "v2", DIGEST, ENDED)).toBe(false);
});

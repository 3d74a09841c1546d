import { expect, test } from "vitest";
import { isSound as areHooksSound, hookRound } from "../fault/hook-round.ts";
import { isGotOver, killCallsRound } from "../fault/kill-calls.ts";
import { isSound, killRound } from "../fault/kill-round.ts";

// Small rounds of what test/fault runs at length.

test("a gate that is killed again and again loses no verdict, lets no held image through and keeps its journal whole", async () => {
  const figures = await killRound({ kills: 6, pushes: 30, seed: 1 });
  expect(figures).toSatisfy(isSound);
}, 300_000);

test("a gate that is killed at a call to its registry ends its holds and releases as one that is not", async () => {
  const figures = await killCallsRound({ stride: 40 });
  expect(figures).toSatisfy(isGotOver);
}, 300_000);

test("forged, replayed, oversized, nested and unreadable deliveries are refused, in flat memory and few words", async () => {
  const figures = await hookRound({ oversizedMiB: 64, flood: 300 });
  expect(figures).toSatisfy(areHooksSound);
});

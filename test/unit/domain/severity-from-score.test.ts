import { expect, test } from "vitest";
import { severityFromScore } from "../../../shared/domain/severity.ts";

test.each([
  [10, "critical"],
  [9, "critical"],
  [8.9, "high"],
  [7, "high"],
  [6.9, "medium"],
  [4, "medium"],
  [3.9, "low"],
  [0.1, "low"],
  [0, "unknown"],
  [-1, "unknown"],
  [10.1, "unknown"],
  [Number.NaN, "unknown"],
  [undefined, "unknown"],
])("the score %j is %s: what was not rated, or is no score, is not low", (score, severity) => {
  expect(severityFromScore(score)).toBe(severity);
});

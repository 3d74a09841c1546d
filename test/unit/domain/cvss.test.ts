import { describe, expect, test } from "vitest";
import { readCvss, scoreOfVector } from "../../../shared/domain/cvss.ts";
import { severityFromScore } from "../../../shared/domain/severity.ts";

describe("a CVSS vector", () => {
  // Scores as NVD publishes them for these vectors.
  test.each([
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10],
    ["CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H", 9],
    ["CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:N/I:H/A:N", 7.7],
    ["CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H", 5.5],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0],
  ])("%s scores %d", (vector, score) => {
    expect(scoreOfVector(vector)).toBe(score);
  });

  test.each(["", "AV:N/AC:L/Au:N/C:P/I:P/A:P", "CVSS:4.0/AV:N/AC:L", "CVSS:3.1/AV:N", "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"])(
    "of another version, or not whole, has no score: %s",
    (vector) => {
      expect(scoreOfVector(vector)).toBeUndefined();
    },
  );

  test("gives its own version, whatever stands beside it; without version or anything said there is no claim", () => {
    expect(readCvss("a", { version: "CVSSv2", vector: "CVSS:4.0/AV:N" })).toEqual({ source: "a", version: "4.0", vector: "CVSS:4.0/AV:N" });
    expect(readCvss("a", { version: "CVSSv31", score: 5 })).toEqual({ source: "a", version: "3.1", score: 5 });
    expect(readCvss("a", { version: "other", score: 5 })).toBeUndefined();
    expect(readCvss("a", { version: "3.1", score: 11 })).toBeUndefined();
  });
});

test.each([
  [10, "critical"],
  [9, "critical"],
  [8.9, "high"],
  [7, "high"],
  [6.9, "medium"],
  [4, "medium"],
  [0.1, "low"],
  [0, "unknown"],
  [Number.NaN, "unknown"],
  [undefined, "unknown"],
])("a score of %s is %s", (score, severity) => {
  expect(severityFromScore(score)).toBe(severity);
});

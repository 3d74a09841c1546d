import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parseInstant } from "../../../shared/domain/time.ts";
import { readExploitPrediction } from "../../../shared/feeds/exploit-prediction.ts";
import { readKnownExploited } from "../../../shared/feeds/known-exploited.ts";
import { readOsvRecord, readWithdrawn } from "../../../shared/feeds/osv.ts";
import { unpack } from "../../../shared/feeds/unpack.ts";
import { bytesOf, epssOf, kevOf } from "../../fixtures/feeds.ts";

const MALFORMED = expect.objectContaining({ code: "malformed" });

describe("the KEV catalogue", () => {
  test("tells when an entry was added, the last moment by which it is due, and of ransomware only what is known", () => {
    const { madeAt, entries } = readKnownExploited(kevOf([{ id: "CVE-2026-1000" }, { id: "CVE-2026-1001", ransomware: "Known" }]));
    expect(madeAt).toBe(parseInstant("2026-11-20T17:00:00.123Z"));
    expect(entries.get("CVE-2026-1000")).toEqual({
      addedAt: parseInstant("2026-11-01T00:00:00Z"),
      dueAt: parseInstant("2026-11-22T23:59:59.999Z"),
      usedByRansomware: "unknown",
    });
    expect(entries.get("CVE-2026-1001")?.usedByRansomware).toBe(true);
  });

  test.each([
    ["counts more entries than it has", kevOf([{ id: "CVE-2026-1000" }], { count: 2 })],
    ["names an entry twice", kevOf([{ id: "CVE-2026-1000" }, { id: "CVE-2026-1000" }])],
    ["names something that is no CVE", kevOf([{ id: "GHSA-xxxx-yyyy-zzzz" }])],
    ["has a date that the calendar does not have", kevOf([{ id: "CVE-2026-1000", added: "2026-02-30" }])],
    ["has no entries member", kevOf([], { vulnerabilities: undefined })],
    ["is a page of a proxy", bytesOf("<html>sign in</html>")],
  ])("is refused whole where it %s", (_, bytes) => {
    expect(() => readKnownExploited(bytes)).toThrow(MALFORMED);
  });
});

describe("the EPSS scores", () => {
  const rows = ["CVE-2026-1000,0.00043,0.09", "CVE-2026-1001,1.0,1", "CVE-2026-1002,4e-05,0"];

  test("are read with their model and day, plain or packed, with either end of line", () => {
    const plain = readExploitPrediction(epssOf(rows));
    expect(plain.model).toBe("v2025.03.14");
    expect(plain.madeAt).toBe(parseInstant("2026-11-20T12:55:00Z"));
    expect([...plain.entries.values()]).toEqual([
      { probability: 0.00043, percentile: 0.09 },
      { probability: 1, percentile: 1 },
      { probability: 0.00004, percentile: 0 },
    ]);
    expect(readExploitPrediction(gzipSync(epssOf(rows)))).toEqual(plain);
    expect(readExploitPrediction(bytesOf(new TextDecoder().decode(epssOf(rows)).replaceAll("\n", "\r\n")))).toEqual(plain);
  });

  test("may give their day with an offset without a colon, or without a time", () => {
    expect(readExploitPrediction(epssOf(rows, "2024-10-25T00:00:00+0000")).madeAt).toBe(parseInstant("2024-10-25T00:00:00Z"));
    expect(readExploitPrediction(epssOf(rows, "2024-10-25")).madeAt).toBe(parseInstant("2024-10-25T00:00:00Z"));
  });

  test.each([
    ["a line that was cut off", epssOf(["CVE-2026-1000,0.5"])],
    ["a probability above 1", epssOf(["CVE-2026-1000,1.5,0.5"])],
    ["a probability that is no number", epssOf(["CVE-2026-1000,,0.5"])],
    ["a fourth field", epssOf(["CVE-2026-1000,0.5,0.5,0.5"])],
    ["a CVE twice", epssOf(["CVE-2026-1000,0.5,0.5", "CVE-2026-1000,0.1,0.5"])],
    ["no day", bytesOf("cve,epss,percentile\nCVE-2026-1000,0.5,0.5\n")],
    ["another header", bytesOf("#model_version:v1,score_date:2026-11-20\ncve,percentile,epss\n")],
    ["a gzip file that was cut off", gzipSync(epssOf(rows)).subarray(0, 40)],
  ])("with %s are refused whole", (_, bytes) => {
    expect(() => readExploitPrediction(bytes)).toThrow(MALFORMED);
  });
});

test("a small file that unpacks to a very large one is refused while it is unpacked", () => {
  const bomb = gzipSync(new Uint8Array(1_000_000));
  expect(bomb.length).toBeLessThan(2_000);
  expect(() => unpack(bomb, 999_999, "bomb")).toThrow(expect.objectContaining({ code: "too-large" }));
  expect(unpack(bomb, 1_000_000, "bomb")).toHaveLength(1_000_000);
});

describe("OSV records", () => {
  const withdrawn = {
    id: "GHSA-aaaa-bbbb-cccc",
    aliases: ["CVE-2026-1000"],
    withdrawn: "2026-11-02T00:00:00Z",
    modified: "2026-11-03T00:00:00Z",
  };
  const valid = { id: "DEBIAN-CVE-2026-1000", upstream: ["CVE-2026-1000"], related: ["CVE-2020-1"], modified: "2026-11-04T00:00:00Z" };

  test("a record says what it is called and what it rests on; what is only related is nowhere in it", () => {
    const record = readOsvRecord(valid);
    expect(record).toEqual({ id: valid.id, aliases: [], upstream: valid.upstream, modifiedAt: parseInstant(valid.modified) });
  });

  test("a withdrawn record withdraws its own id and none of its aliases", () => {
    const { entries, madeAt } = readWithdrawn(bytesOf(JSON.stringify([withdrawn, valid])));
    expect([...entries]).toEqual([[withdrawn.id, { at: parseInstant(withdrawn.withdrawn) }]]);
    expect(madeAt).toBe(parseInstant(valid.modified));
  });

  test("a list and one record a line are the same, packed or not", () => {
    const list = readWithdrawn(bytesOf(JSON.stringify([withdrawn, valid])));
    const lines = bytesOf(`${JSON.stringify(withdrawn)}\n${JSON.stringify(valid)}\n`);
    expect(readWithdrawn(lines)).toEqual(list);
    expect(readWithdrawn(gzipSync(lines))).toEqual(list);
  });

  test.each([["{}"], ["[1]"], ['{"id":"X","withdrawn":"yesterday"}'], ["<html>"]])("%s is refused", (text) => {
    expect(() => readWithdrawn(bytesOf(text))).toThrow(MALFORMED);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ToldPosture } from "../../../shared/domain/posture.ts";
import { SETUP_CODES, type SetupFinding } from "../../../shared/domain/setup-finding.ts";
import { compareSetup } from "../../../shared/posture/news.ts";

const scanOff = (...places: readonly string[]): SetupFinding => ({
  code: "scan-off",
  places,
  state: "mend",
  fact: "is not scanned",
  next: "scan it",
});
const EXPIRES: SetupFinding = {
  code: "lifecycle-expires-held",
  places: ["team/app"],
  state: "mend",
  fact: "expires what is held",
  next: "take it away",
};
const UNREAD: SetupFinding = { code: "may-not-ask", places: ["team/web"], state: "unknown", fact: "AWS refuses it", next: "allow it" };
const WELL: SetupFinding = { code: "nothing-found", places: ["set-up"], state: "well", fact: "all is well" };

/** Looks one after the other. @returns what each of them tells */
function looks(...all: readonly (readonly SetupFinding[])[]) {
  let told: readonly ToldPosture[] = [];
  return all.map((findings) => {
    const compared = compareSetup(told, findings);
    ({ told } = compared);
    return compared.news.map(({ code, change, count }) => [code, change, count]);
  });
}

describe("what stands against the gate in a set-up", () => {
  test("is told once, again where it is true of other places, and when it is mended", () => {
    expect(looks([scanOff("a")], [scanOff("a")], [scanOff("a", "b")], [scanOff("b", "a")], [WELL], [WELL])).toEqual([
      [["scan-off", "opened", 1]],
      [],
      [["scan-off", "changed", 2]],
      [],
      [["scan-off", "cleared", 0]],
      [],
    ]);
  });

  test("is one thing to hear of, however many places it is true of", () => {
    const places = Array.from({ length: 2_000 }, (_, place) => `team/${place}`);
    const { told, news } = compareSetup([], [scanOff(...places), { ...scanOff("team/other"), fact: "is scanned by nobody" }]);
    expect(news).toMatchObject([{ code: "scan-off", count: 2_001, fact: "is not scanned", next: "scan it" }]);
    expect(news[0]?.places).toEqual(places.slice(0, 20));
    expect(JSON.stringify(told).length).toBeLessThan(500);
  });

  test("is not mended where something could not be found out that could before, until it is", () => {
    expect(looks([EXPIRES], [UNREAD], [UNREAD], [WELL])).toEqual([
      [["lifecycle-expires-held", "opened", 1]],
      [["may-not-ask", "opened", 1]],
      [],
      [
        ["may-not-ask", "cleared", 0],
        ["lifecycle-expires-held", "cleared", 0],
      ],
    ]);
  });

  test("that was found beside what can never be found out is mended when it is not found beside the same", () => {
    expect(looks([EXPIRES, UNREAD], [UNREAD])[1]).toEqual([["lifecycle-expires-held", "cleared", 0]]);
  });

  test("is not mended beside something else that cannot be found out, however often one looks", () => {
    const other: SetupFinding = { ...UNREAD, places: ["team/app"] };
    expect(looks([EXPIRES, UNREAD], [other], [other])[2]).toEqual([]);
  });

  test("is certain where it is certain of one place, and says that one first", () => {
    const perhaps: SetupFinding = { ...scanOff("a"), state: "unknown", fact: "may not be scanned" };
    expect(compareSetup([], [perhaps, scanOff("b")]).news).toMatchObject([{ state: "mend", fact: "is not scanned", places: ["b", "a"] }]);
    expect(compareSetup([], [perhaps]).news).toMatchObject([{ state: "unknown", fact: "may not be scanned" }]);
  });

  test("in a registry where all is well is nothing to hear of", () => {
    expect(compareSetup([], [WELL])).toEqual({ told: [], news: [] });
  });
});

const finding: fc.Arbitrary<SetupFinding> = fc.record({
  code: fc.constantFrom(...SETUP_CODES),
  places: fc.array(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  state: fc.constantFrom("well", "mend", "unknown"),
  fact: fc.constantFrom("this", "that"),
});

test("looks that find the same tell nothing new, in whatever order they find it", () => {
  fc.assert(
    fc.property(fc.array(finding), fc.array(finding), (before, now) => {
      const first = compareSetup(compareSetup([], before).told, now);
      const again = compareSetup(first.told, now.toReversed());
      expect(again.news).toEqual([]);
    }),
  );
});

test("who hears the news knows at any time what stands against the gate, and what stood when it could be found out last", () => {
  fc.assert(
    fc.property(fc.array(fc.array(finding), { maxLength: 6 }), (all) => {
      let told: readonly ToldPosture[] = [];
      let heard = new Set<string>();
      for (const findings of all) {
        const compared = compareSetup(told, findings);
        ({ told } = compared);
        const closed = new Set<string>(compared.news.filter(({ change }) => change === "cleared").map(({ code }) => code));
        heard = new Set([...heard, ...compared.news.map(({ code }) => code)].filter((code) => !closed.has(code)));
        const stands = new Set<string>(findings.filter(({ state }) => state !== "well").map(({ code }) => code));
        expect([...heard].sort()).toEqual(told.map(({ code }) => code).sort());
        expect([...stands].filter((code) => !heard.has(code))).toEqual([]);
        const isClear = findings.every(({ state }) => state !== "unknown");
        expect([...heard].filter((code) => isClear && !stands.has(code))).toEqual([]);
      }
    }),
  );
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Duration, type Instant, instant } from "../../shared/domain/time.ts";
import type { ExpectedPlace, PlaceUse } from "../../shared/domain/usage.ts";
import { usageOf } from "../../shared/enforcement/usage.ts";
import { keyOf, NOW } from "../fixtures/records.ts";

const name = fc.constantFrom("east", "west", "north");
const age = fc.integer({ min: -60_000, max: 1_200_000 });
const workloads = fc.array(fc.record({ name: fc.constantFrom("shop/Deployment/api", "shop/Job/once") }), { maxLength: 2 });
/** Mostly none: where something runs it, nothing else is looked at. */
const rarely = <T>(some: fc.Arbitrary<readonly T[]>) => fc.oneof({ weight: 5, arbitrary: fc.constant<readonly T[]>([]) }, some);
const unmatched = fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, workloads);
const use = fc.record({ place: name, seenAt: age.map((old) => instant(NOW - old)), workloads: rarely(workloads), unmatched });
const seen = fc.uniqueArray(use, { selector: ({ place }) => place });
const place = fc.record({ name, maxAge: fc.integer({ min: 0, max: 1_800_000 }).map((length) => length as Duration) });
const expected = fc.uniqueArray(place, { selector: (each) => each.name });
const pulls = fc.array(fc.record({ image: fc.constantFrom(keyOf("a"), keyOf("b")), at: age.map((old) => instant(NOW - old)) }), {
  maxLength: 2,
});

const isFresh = ({ name: wanted, maxAge }: ExpectedPlace, uses: readonly PlaceUse[], now: Instant): boolean =>
  uses.some(({ place: from, seenAt }) => from === wanted && now - seenAt <= maxAge);

test("that nothing runs an image is known only where every expected place said so lately, nobody pulled it, and no place runs what may be it", () => {
  fc.assert(
    fc.property(expected, seen, rarely(pulls), (places, uses, pulled) => {
      const isProven =
        places.length > 0 &&
        places.every((each) => isFresh(each, uses, NOW)) &&
        uses.every((each) => each.workloads.length === 0 && each.unmatched.length === 0) &&
        pulled.length === 0;
      expect(usageOf(places, uses, pulled, NOW).kind === "not-running").toBe(isProven);
    }),
    { numRuns: 1_000 },
  );
});

test("whoever runs it by the last word runs it, whatever the word's age and whoever else is silent", () => {
  fc.assert(
    fc.property(expected, seen, pulls, (places, uses, pulled) => {
      const running = uses.filter((each) => each.workloads.length > 0);
      const usage = usageOf(places, uses, pulled, NOW);
      expect(usage.kind === "running" ? usage.where : []).toEqual(running);
    }),
  );
});

test("where nobody is known to run it, the newest pull is told", () => {
  fc.assert(
    fc.property(expected, seen, pulls, (places, uses, pulled) => {
      fc.pre(pulled.length > 0 && uses.every((each) => each.workloads.length === 0));
      const usage = usageOf(places, uses, pulled, NOW);
      expect(usage.kind === "pulled" && usage.last.at).toBe(Math.max(...pulled.map(({ at }) => at)));
    }),
  );
});

test("more places to hear from never make an unknown use known", () => {
  fc.assert(
    fc.property(expected, place, seen, (places, one, uses) => {
      const before = usageOf(places, uses, [], NOW).kind;
      const after = usageOf([...places, one], uses, [], NOW).kind;
      fc.pre(places.length > 0 && before === "unknown");
      expect(after).toBe("unknown");
    }),
  );
});

test("a word is as old as the oldest it rests on", () => {
  const uses = [
    { place: "east", seenAt: instant(NOW - 5), workloads: [], unmatched: [] },
    { place: "west", seenAt: instant(NOW - 900), workloads: [], unmatched: [] },
    { place: "gone", seenAt: instant(0), workloads: [], unmatched: [] },
  ];
  const places = ["east", "west"].map((each) => ({ name: each, maxAge: 1_000 as Duration }));
  expect(usageOf(places, uses, [], NOW)).toEqual({ kind: "not-running", seenAt: instant(NOW - 900) });
  expect(usageOf(places, uses, [], instant(NOW + 101)).kind).toBe("unknown");
});

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readExploitPrediction } from "../../shared/feeds/exploit-prediction.ts";
import { readKnownExploited } from "../../shared/feeds/known-exploited.ts";
import { readWithdrawn } from "../../shared/feeds/osv.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { packNumbers, unpackNumbers } from "../../shared/stores/sqlite/packed-numbers.ts";
import { epssOf, kevOf } from "../fixtures/feeds.ts";

const READERS = [readKnownExploited, readExploitPrediction, readWithdrawn];
const id = fc.nat(99_999).map((number) => `CVE-2026-${String(number).padStart(4, "0")}`);

function faultOf(read: () => unknown): unknown {
  try {
    read();
    return undefined;
  } catch (error) {
    return error;
  }
}

test("whatever bytes come, a feed is read or refused, in no other way", () => {
  const valid = fc.constantFrom(
    kevOf([{ id: "CVE-2026-1000" }]),
    epssOf(["CVE-2026-1000,0.5,0.5"]),
    gzipSync(epssOf(["CVE-2026-1000,0.5,0.5"])),
  );
  const damaged = fc.tuple(valid, fc.nat(), fc.nat(255)).map(([bytes, place, value]) => bytes.with(place % bytes.length, value));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        damaged,
        fc.json().map((text) => new TextEncoder().encode(text)),
      ),
      (bytes) => {
        for (const read of READERS) expect(faultOf(() => read(bytes)) ?? new AdapterError("malformed", "")).toBeInstanceOf(AdapterError);
      },
    ),
  );
});

test("a feed that was cut off anywhere is never read as a shorter one", () => {
  const ids = fc.uniqueArray(id, { minLength: 2, maxLength: 20 });
  fc.assert(
    fc.property(ids, fc.nat(), (names, place) => {
      const whole = kevOf(names.map((name) => ({ id: name })));
      const packed = gzipSync(epssOf(names.map((name) => `${name},0.5,0.5`)));
      expect(faultOf(() => readKnownExploited(whole.subarray(0, place % whole.length)))).toBeInstanceOf(AdapterError);
      expect(faultOf(() => readExploitPrediction(packed.subarray(0, place % packed.length)))).toBeInstanceOf(AdapterError);
    }),
  );
});

test("packed numbers come out as they went in", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(300), fc.maxSafeNat())), (numbers) => {
      const next = unpackNumbers(packNumbers(numbers));
      expect(numbers.map(() => next())).toEqual(numbers);
    }),
  );
});

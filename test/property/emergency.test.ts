import fc from "fast-check";
import { satisfies } from "semver";
import { expect, test } from "vitest";
import type { EmergencyQuery } from "../../shared/domain/emergency.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import { type HoldTarget, parseHoldTarget, printHoldTarget } from "../../shared/policy/emergency/query.ts";
import { matchPackage } from "../../shared/policy/rules/package-match.ts";
import { digestOf } from "../fixtures/records.ts";

const part = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
const number = fc.integer({ min: 0, max: 30 });
const version = fc.tuple(number, number, number).map((numbers) => numbers.join("."));
const range = fc.tuple(fc.constantFrom("<", "<=", ">", ">=", "=", "^", "~"), version).map(([operator, limit]) => `${operator}${limit}`);
const versions = fc.oneof(
  version,
  range,
  fc.tuple(version, version).map(([from, to]) => `>=${from} <${to}`),
);
const digest = fc.string().map((text) => digestOf(text));
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const query: fc.Arbitrary<EmergencyQuery> = fc.oneof(
  digest.map((each) => ({ kind: "digest" as const, digest: each })),
  fc
    .oneof(
      fc.integer({ min: 1_000, max: 99_999 }).map((each) => `CVE-2026-${each}`),
      part,
    )
    .map((id) => ({ kind: "vulnerability" as const, id })),
  fc
    .record({
      name: fc.oneof(
        part,
        fc.tuple(part, part).map((parts) => parts.join("/")),
        part.map((each) => `org.x:${each}`),
        part.map((each) => `@x/${each}`),
      ),
      range: some(versions),
    })
    .map(({ name, range: own }) => ({ kind: "package" as const, name, ...(own === undefined ? {} : { versions: own }) })),
  fc
    .tuple(part, some(versions))
    .map(([name, own]) => ({ kind: "package" as const, purl: `pkg:maven/org.x/${name}`, ...(own === undefined ? {} : { versions: own }) })),
  fc
    .tuple(part, some(digest))
    .map(([name, own]) => ({ kind: "base" as const, name: `registry.example/${name}:1.0`, ...(own === undefined ? {} : { digest: own }) })),
);

test("a query is read back from what is printed of it", () => {
  fc.assert(
    fc.property(query, (given) => {
      expect(parseHoldTarget(printHoldTarget(given))).toEqual(given);
    }),
  );
});

function readOrRefused(text: string): HoldTarget | "refused" {
  try {
    return parseHoldTarget(text);
  } catch (error) {
    if (error instanceof ParseError && error.mend !== "") return "refused";
    throw error;
  }
}

test("any text is read or refused with a mend, and what is read prints to what is read the same", () => {
  const near = fc.tuple(
    fc.constantFrom("", "base:", "id:", "package:", "pkg:", "sha256:", "CVE-", "@", "r.example/"),
    fc.string(),
    fc.constantFrom("", "@", "@<1", ":1"),
    fc.string(),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        near.map((parts) => parts.join("")),
      ),
      (text) => {
        const read = readOrRefused(text);
        const again = read === "refused" ? read : parseHoldTarget(printHoldTarget(read));
        expect(again).toEqual(read);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("of versions that are three numbers, kinds that order by numbers say the same as those with semantic versions", () => {
  fc.assert(
    fc.property(version, versions, (found, wanted) => {
      const match = matchPackage({ name: ["a"], versions: wanted }, { name: "a", version: found, type: "maven" });
      expect(match).toBe(satisfies(found, wanted) ? "yes" : "no");
    }),
  );
});

test("what follows the numbers is never guessed: it makes a match open or leaves it as the numbers say", () => {
  fc.assert(
    fc.property(version, versions, fc.constantFrom("-rc1", ".Final", "-SNAPSHOT", ".redhat-00001", "b2"), (found, wanted, more) => {
      const of = (text: string) => matchPackage({ name: ["a"], versions: wanted }, { name: "a", version: text, type: "maven" });
      fc.pre(found !== wanted);
      expect([of(found), "open"]).toContain(of(`${found}${more}`));
    }),
  );
});

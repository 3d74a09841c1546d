import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** Attacks on signatures and on what is read for them, by number: T and two digits in the title of each test that is about one. */
const ATTACKS: Readonly<Record<string, readonly [number, number]>> = {
  "what a name leads to, and which image of several": [1, 7],
  "identities, certificates and their time": [10, 18],
  "transparency logs, timestamps, revocation and trusted roots": [20, 27],
  "what a signature is about, and in which form": [30, 39],
  "old signatures, lost ones and those on their way": [40, 44],
  "documents and answers without end": [50, 56],
  "registries and credentials": [60, 64],
  "policy, the gate's own words, and images in disguise": [70, 75],
};

const TESTS = new URL("../..", import.meta.url).pathname;
// A title stands behind the name of what tells it, or behind the table of its cases.
const TITLE = /(?:\b(?:it|test|describe)|\))\(\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|'((?:[^'\\]|\\.)*)')/g;

function numbersIn(text: string): readonly string[] {
  const titles = [...text.matchAll(TITLE)].map(([, double, template, single]) => double ?? template ?? single ?? "");
  return titles.flatMap((title) => title.match(/\bT\d\d\b/g) ?? []);
}

describe("the list of attacks", () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: "utf8" }).filter((file) => /\.(test|contract)\.ts$/.test(file));
  const named = new Set(files.flatMap((file) => numbersIn(readFileSync(join(TESTS, file), "utf8"))));

  it.each(Object.entries(ATTACKS))("has a test for each number: %s", (_group, [first, last]) => {
    const numbers = Array.from({ length: last - first + 1 }, (_, at) => `T${String(first + at).padStart(2, "0")}`);
    expect(numbers.filter((number) => !named.has(number))).toEqual([]);
  });

  it("is read from titles, and from nothing else", () => {
    expect(numbersIn('it("T98 a rule", () => { const at = "T97"; });')).toEqual(["T98"]);
    expect(numbersIn('it.each([1])("another one (T98, T97) of %i", () => {});')).toEqual(["T98", "T97"]);
    expect(numbersIn('const text = "T98"; test("at 2026-11-21T98:00:00Z", () => {});')).toEqual([]);
  });
});

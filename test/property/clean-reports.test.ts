import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReadReport } from "../../shared/ports/findings-source.ts";
import { readPruned } from "../../shared/runtime/json-pruned.ts";
import { reportReaders } from "../../shared/scanners/table.ts";
import { DOCUMENTS } from "../unit/scanners/registry-documents.ts";

const readers = await Promise.all(Object.values(reportReaders).map((load) => load()));

function isClean(read: ReadReport): boolean {
  return read.kind === "report" && read.report.findings.length === 0;
}

function hasReason(read: ReadReport): boolean {
  return !("why" in read) || read.why !== "";
}

/** Names that readers look for, so that what is generated comes close to a report. */
const NAMES =
  "findings Findings results Results runs matches items data value occurrences statements packages vulnerabilities Vulnerabilities Misconfigurations package_vulnerabilities " +
  "coveredResources imageScanFindings Layer status severity scan report details summary image unapproved document components";
const documents = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.dictionary(fc.constantFrom(...NAMES.split(" ")), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 }),
);

describe("every reader of the table", () => {
  test.each(readers.map((reader) => [reader.id, reader] as const))(
    "%s takes any JSON without a fault, and none for a clean report",
    (_, reader) => {
      fc.assert(
        fc.property(documents, (document) => {
          reader.recognises(document);
          const read = reader.read(document);
          expect(isClean(read)).toBe(false);
          expect(hasReason(read)).toBe(true);
        }),
        { numRuns: 200 },
      );
    },
  );

  test.each(readers.map((reader) => [reader.id, reader] as const))(
    "%s takes no empty list that anybody could have written for a clean report",
    (_, reader) => {
      const names = NAMES.split(" ");
      const lists = names.flatMap((name) => [
        { [name]: [] },
        { [name]: null },
        { [name]: {} },
        { [name]: [{}] },
        ...names.map((other) => ({ [name]: [], [other]: [] })),
      ]);
      expect([null, [], {}, [{}], ...lists].filter((document) => isClean(reader.read(document)))).toEqual([]);
    },
  );

  test.each(readers.map((reader) => [reader.id, reader] as const))(
    "%s takes an object that cannot be printed for what it is",
    (_, reader) => {
      const unprintable: unknown = { toString: 1, valueOf: 1 };
      for (const document of Object.values(DOCUMENTS)) {
        for (const place of placesIn(document)) expect(() => reader.read(replaced(document, place, unprintable))).not.toThrow();
      }
    },
  );

  test("stands under its own id", () => {
    expect(readers.map(({ id }) => id)).toEqual(Object.keys(reportReaders));
  });

  test.each(Object.entries(DOCUMENTS))("%s: its documents are known to no other reader", (id, document) => {
    expect(readers.filter((reader) => reader.recognises(document)).map((reader) => reader.id)).toEqual([id]);
  });
});

/** Places of all members of a document, the root left out. */
function placesIn(value: unknown, at: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [[...at, key], ...placesIn(member, [...at, key])]);
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((item: unknown, index) => (String(index) === key ? replaced(item, rest, by) : item));
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [key]: replaced(object[key], rest, by) };
}

const WRONG = [0, 1, -1, true, "", "x", 1e300] as const;

// What these two write is never long.
const LONG = Object.entries(DOCUMENTS).filter(([id]) => id !== "klar" && id !== "clair-scanner");

/** The document as it is read where it is long: with nothing but what the reader keeps. */
async function pruned(document: object, keeps: readonly string[]): Promise<unknown> {
  async function* chunks() {
    yield new TextEncoder().encode(JSON.stringify({ ...document, "a member of no use": { to: ["nobody"] } }));
  }
  return await readPruned(chunks(), { maxBytes: 1e6, maxDepth: 64, maxValues: 1e5, place: "report", keeps: new Set(keeps) });
}

describe("a report with a vulnerability", () => {
  test.each(LONG)("of %s says the same when it is long, and only what its reader keeps is read", async (id, document) => {
    const reader = await reportReaders[id]?.();
    if (reader?.keeps === undefined) throw new Error(id);
    const short = await pruned(document, reader.keeps);
    expect(reader.recognises(short)).toBe(true);
    expect(reader.read(short)).toEqual(reader.read(document));
  });

  test.each(Object.entries(DOCUMENTS))("of %s holds it, and becomes clean by no member of another type", async (id, document) => {
    const reader = await reportReaders[id]?.();
    if (reader === undefined) throw new Error(id);
    expect(reader.read(document)).toMatchObject({
      kind: "report",
      report: { findings: [{ severity: expect.stringMatching(/high|medium/) }] },
    });
    for (const place of placesIn(document)) {
      for (const wrong of WRONG)
        expect([place, wrong, isClean(reader.read(replaced(document, place, wrong)))]).toEqual([place, wrong, false]);
    }
  });
});

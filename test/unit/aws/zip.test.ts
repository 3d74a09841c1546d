import { crc32, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Entry, zip } from "../../../infra/aws/zip.ts";

/** Reads an archive from its end, as unpackers do (PKWARE APPNOTE 4.3). */
function unzip(archive: Uint8Array): readonly Entry[] {
  const bytes = Buffer.from(archive);
  const end = bytes.length - 22;
  expect(bytes.readUInt32LE(end)).toBe(0x06054b50);
  const entries: Entry[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    expect(bytes.readUInt32LE(at)).toBe(0x02014b50);
    const [crc, packed, size, length] = [
      bytes.readUInt32LE(at + 16),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt32LE(at + 24),
      bytes.readUInt16LE(at + 28),
    ];
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString("utf8", at + 46, at + 46 + length);
    expect([bytes.readUInt32LE(local), bytes.toString("utf8", local + 30, local + 30 + length)]).toEqual([0x04034b50, name]);
    const content = inflateRawSync(bytes.subarray(local + 30 + length, local + 30 + length + packed));
    expect([crc32(content), content.length]).toEqual([crc, size]);
    entries.push({ name, bytes: new Uint8Array(content) });
    at += 46 + length;
  }
  expect(at).toBe(end);
  return entries;
}

const entries = fc.uniqueArray(
  fc.record({ name: fc.stringMatching(/^[a-zé]{1,8}(\/[a-z]{1,8})?$/), bytes: fc.uint8Array({ maxLength: 200 }) }),
  {
    selector: ({ name }) => name,
    maxLength: 6,
  },
);

test("what was packed is what is unpacked, and the order that it was given in makes no difference", () => {
  fc.assert(
    fc.property(entries, (given) => {
      const archive = zip(given);
      expect(unzip(archive).map(({ name, bytes }) => [name, [...bytes]])).toEqual(
        given.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map(({ name, bytes }) => [name, [...bytes]]),
      );
      expect(zip(given.toReversed())).toEqual(archive);
    }),
    { numRuns: 60 },
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf } from "../../shared/oci/content.ts";
import { readManifest, readNames, readReferrersPage } from "../../shared/oci/schema.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { readJson } from "../../shared/runtime/json.ts";

const limits = { maxBytes: 1_000_000, maxDepth: 1_000, place: "test" };

test("what JSON can say is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      fc.pre(!text.includes('"__proto__"'));
      expect(readJson(Buffer.from(text), limits)).toEqual(JSON.parse(text));
    }),
  );
});

test("a member written twice is found at any depth", () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), fc.jsonValue(), fc.nat(20), (name, first, second, depth) => {
      const twice = `{${JSON.stringify(name)}:${JSON.stringify(first)},${JSON.stringify(name)}:${JSON.stringify(second)}}`;
      const text = `${'[{"a":'.repeat(depth)}${twice}${"}]".repeat(depth)}`;
      expect(() => readJson(Buffer.from(text), limits)).toThrow(expect.objectContaining({ code: "malformed" }));
    }),
  );
});

test("the depth that is counted is the depth that there is", () => {
  fc.assert(
    fc.property(fc.json(), fc.integer({ min: 1, max: 8 }), (text, maxDepth) => {
      const isRead = outcomeOf(() => readJson(Buffer.from(text), { ...limits, maxDepth })) === "read";
      expect(isRead).toBe(depthOf(JSON.parse(text)) <= maxDepth);
    }),
  );
});

test("no bytes make a reader throw anything but its own error", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
    manifestLike().map((value) => Buffer.from(JSON.stringify(value))),
  );
  const readers = [
    (value: Uint8Array) => readJson(value, { ...limits, maxDepth: 16 }),
    (value: Uint8Array) => readManifest(value, undefined, digestOf(value)),
    (value: Uint8Array) => readManifest(value, "application/vnd.oci.image.index.v1+json", digestOf(value)),
    (value: Uint8Array) => readReferrersPage(value, "test"),
    (value: Uint8Array) => readNames(value, "tags", "test"),
  ];
  fc.assert(
    fc.property(bytes, fc.constantFrom(...readers), (value, reader) => {
      expect(["read", "malformed", "unsupported"]).toContain(outcomeOf(() => reader(value)));
    }),
    { numRuns: 2_000 },
  );
});

/** `read`, or the code of the error; anything else that is thrown stays thrown. */
function outcomeOf(read: () => unknown): string {
  try {
    read();
    return "read";
  } catch (error) {
    if (error instanceof AdapterError) return error.code;
    throw error;
  }
}

/** Objects with the right member names and often the wrong values. */
function manifestLike(): fc.Arbitrary<unknown> {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom(2, null, [], {}, `sha256:${"0".repeat(64)}`));
  const descriptor = fc.oneof(
    fc.record({ mediaType: value, digest: value, size: value, platform: value, annotations: value }, { requiredKeys: [] }),
    value,
  );
  const list = fc.oneof(fc.array(descriptor, { maxLength: 3 }), value);
  return fc.record(
    {
      schemaVersion: fc.constantFrom(2, 2, 1, "2"),
      mediaType: value,
      config: descriptor,
      layers: list,
      manifests: list,
      subject: descriptor,
      tags: list,
      annotations: value,
    },
    { requiredKeys: ["schemaVersion"] },
  );
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

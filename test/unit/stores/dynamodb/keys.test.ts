import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTag } from "../../../../shared/domain/image-ref.ts";
import {
  imageItemKey,
  LISTED_FOR,
  MANY_TAGS,
  marksOf,
  newImage,
  seenImage,
  seenImageIn,
  touched,
} from "../../../../shared/stores/dynamodb/image-document.ts";
import { itemOf, keyOf, seenOf, storedOf } from "../../../../shared/stores/dynamodb/item.ts";
import { groupOfLane, type JobDocument, jobMarks, joined, laneEnd, laneStart } from "../../../../shared/stores/dynamodb/job.ts";
import { pack, unpack } from "../../../../shared/stores/dynamodb/packed.ts";
import { openStamps, padded } from "../../../../shared/stores/dynamodb/stamps.ts";
import { SECOND_VOCABULARY, VOCABULARY } from "../../../../shared/stores/dynamodb/vocabulary.ts";
import { at, digestOf, keyOf as imageOf, NOW, recordOf, verdictOf } from "../../../fixtures/records.ts";

/** As the table sorts text: by its bytes. */
function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

test("numbers sort as text like numbers", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (one, other) => {
      expect(Math.sign(byBytes(padded(one), padded(other)))).toBe(Math.sign(one - other));
    }),
  );
});

test("stamps grow, whatever the clock does", () => {
  const clock = [5, 5, 3, 9];
  const stamps = openStamps(() => clock.shift() ?? 9);
  const given = Array.from({ length: 6 }, stamps);
  expect(given).toEqual(given.toSorted((one, other) => one - other));
  expect(new Set(given).size).toBe(6);
});

test("from one group's ready jobs the next group's are found, whatever groups are called", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.string({ minLength: 1, unit: "binary" }).filter((name) => name.isWellFormed()),
        { minLength: 2, maxLength: 6 },
      ),
      (groups) => {
        const lanes = groups.flatMap((group) => [1, 2].map((id) => `${laneStart(group)}${padded(id)}`)).toSorted(byBytes);
        const found: string[] = [];
        for (let from = " "; ; ) {
          const next = lanes.find((lane) => byBytes(lane, from) >= 0);
          if (next === undefined) break;
          found.push(groupOfLane(next));
          from = laneEnd(groupOfLane(next));
        }
        expect(found.toSorted()).toEqual(groups.toSorted());
      },
    ),
  );
});

test("an item holds a document with its marks, and gives it back", () => {
  const body = { text: "x".repeat(1_000), list: [1, 2] };
  const marks = { change: ["c", 7], job: ["d", "e"], seen: { words: "w" }, endsAt: 1_500 } as const;
  const item = itemOf({ pk: "p", sk: "s" }, { rev: 3, writer: "me", body: { kind: "here", bytes: pack(body, "p s") } }, marks);
  expect(item).toMatchObject({
    gc: { S: "c" },
    gn: { N: "7" },
    gj: { S: "d" },
    gt: { S: "e" },
    ttl: { N: "2" },
  });
  const stored = storedOf(item);
  expect([keyOf(item), stored.rev, stored.writer, seenOf(item)]).toEqual([{ pk: "p", sk: "s" }, 3, "me", { words: "w" }]);
  expect(stored.body.kind === "here" ? unpack(stored.body.bytes, "p s") : undefined).toEqual(body);
});

test("a document is packed to less than its JSON where that pays, and is the same again", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(unpack(pack(value, "name"), "name")).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  const record = recordOf(imageOf("a"), { verdict: verdictOf("violating") });
  const { registry, repository, digest } = record.key;
  expect(pack(record, `image#${registry}/${repository}\n${digest}`).length).toBeLessThan(JSON.stringify(record).length / 4);
  expect(() => unpack(Uint8Array.of(9, 9), "name")).toThrow(TypeError);
});

test("hashes, ids and signatures are packed as their bytes, wherever they stand, and are the same again", () => {
  const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
  const signature = fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString("base64"));
  const piece = fc.oneof(
    hash,
    fc.uuid(),
    signature,
    fc.constantFrom("\u0001", "\u0002a", "\u0003", '"', "\\", "-", "0", "f", "bcdef12-0000", "="),
  );
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(fc.array(text), text, (value, name) => {
      expect(unpack(pack(value, name), name)).toEqual(value);
    }),
  );
  const hashes = Array.from({ length: 300 }, (_, number) => digestOf(`${number}`));
  expect(unpack(pack(hashes, "name"), "name")).toEqual(hashes);
  const entries = [1, 2, 3, 4, 5].map((number) => {
    const digest = (of: string) => digestOf(`${of} ${number}`).slice(7);
    const [id, signature] = [digest("id").slice(0, 32), Buffer.from(digest("one") + digest("other"), "hex")];
    return {
      hash: digest("hash"),
      id: id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
      signature: signature.toString("base64"),
    };
  });
  // 112 of each are random.
  expect(pack(entries, "name").length).toBeLessThan(5 * 130);
});

test("what was packed by an earlier vocabulary is read, and nothing else is packed by its number", () => {
  const value = { kind: "image", tags: ["latest"], hash: digestOf("a") };
  expect(pack(value, "name")[0]).toBe(3);
  for (const [kind, words] of [
    [1, VOCABULARY],
    [2, SECOND_VOCABULARY],
  ] as const) {
    const deflated = deflateRawSync(JSON.stringify(value), { dictionary: Buffer.from(`${words}name`) });
    expect(unpack(Buffer.concat([Uint8Array.of(kind), deflated]), "name")).toEqual(value);
  }
});

test("an image is listed among the changes, and waits only while something of it is not counted or not numbered", () => {
  const key = imageOf("a");
  const record = recordOf(key, { tags: [parseTag("Stable")] });
  const image = { ...newImage(key), record, changedAt: 7, listedAt: 5 };
  const { seen } = marksOf(image);
  expect(seenImageIn({ x: { S: JSON.stringify(seen) } })).toEqual(seenImage(image));
  expect(marksOf(image)).toMatchObject({
    change: [expect.stringMatching(/^image#/), 5],
    tags: "Stable",
    waits: true,
  });
  expect(marksOf({ ...image, counted: ["images", "compliant"] }).waits).toBe(false);
  expect(marksOf({ ...image, counted: ["images", "violating"] }).waits).toBe(true);
  expect(seenImageIn({ x: { S: JSON.stringify(marksOf(newImage(key)).seen) } })).toEqual({ at: 0 });
});

test("who is changed again soon stays in its place of the list, and moves when the time is over", () => {
  const first = touched(newImage(imageOf("a")), 1_000);
  const soon = touched(first, 1_000 + LISTED_FOR - 1);
  expect([soon.changedAt, soon.listedAt]).toEqual([1_000 + LISTED_FOR - 1, 1_000]);
  expect(touched(soon, 1_000 + LISTED_FOR).listedAt).toBe(1_000 + LISTED_FOR);
});

test("what is listed of an image stays small however many tags it bears: who looks for one then reads the image", () => {
  const tags = Array.from({ length: 1_000 }, (_, n) => parseTag(`${n}-${"x".repeat(40)}`));
  const marks = marksOf({ ...newImage(imageOf("a")), record: recordOf(imageOf("a"), { tags }) });
  expect(marks.tags).toBe(MANY_TAGS);
  expect(() => parseTag(MANY_TAGS)).toThrow("tag");
});

test("no tag, person or verdict is in the key of an image's item", () => {
  expect(imageItemKey(imageOf("a"))).toEqual({ pk: "image#registry.example:5000/shop/api", sk: imageOf("a").digest });
});

test("work joins what is queued under its key: the earlier time, the first payload, and behind what runs the first that came", () => {
  const work = { key: "k", kind: "judge", group: "g", payload: "first", notBefore: at(100) };
  const later = joined(undefined, work, NOW, NOW, () => 1);
  expect(later).toMatchObject({ id: 1, state: "later", at: at(100), attempt: 0 });
  expect(joined(later, { ...work, notBefore: at(50), payload: "second" }, NOW, NOW, () => 2)).toMatchObject({
    id: 1,
    at: at(50),
    payload: "first",
  });
  expect(joined(later, { ...work, notBefore: at(500) }, NOW, NOW, () => 2)).toBe(later);
  const running: JobDocument = { ...later, state: "running", attempt: 1 };
  const again = joined(
    joined(running, { ...work, payload: "x" }, NOW, NOW, () => 2),
    { ...work, payload: "y", notBefore: NOW },
    NOW,
    NOW,
    () => 3,
  );
  expect(again).toMatchObject({ state: "running", payload: "first", again: { payload: "x", at: NOW } });
  expect(jobMarks(running).job?.[0]).toMatch(/^running#/);
});

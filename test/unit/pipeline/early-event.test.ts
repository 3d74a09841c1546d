import { afterEach, beforeEach, expect, test } from "vitest";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

/** Distribution tells of a manifest before it has written the tag that it was pushed under. */

let gate: SmallGate;
beforeEach(async () => {
  gate = await startSmallGate();
  gate.loseEvents(true);
});
afterEach(() => gate.stop());

const known = (repository: string): Promise<number> =>
  gate.store.ledger.images({ limit: 10, words: [repository] }).then(({ items }) => items.length);

test("an image whose tag is not there yet is looked at when it is, and not before", async () => {
  const image = imageNamed("early");
  const key = await gate.push("shop/api", undefined, image);
  gate.loseEvents(false);
  await gate.announce({ action: "push", repository: "shop/api", digest: key.digest, tag: "1.0" });
  await gate.drain();
  expect(await known("shop/api")).toBe(0);
  gate.loseEvents(true);
  await gate.push("shop/api", "1.0", image);
  gate.pass(201);
  await gate.drain();
  expect(await gate.record(key)).toMatchObject({ tags: ["1.0"], hold: { kind: "held" } });
});

test("a tag that has another image meanwhile is not waited for without end", async () => {
  const key = await gate.push("shop/api", "1.0", imageNamed("first"));
  await gate.push("shop/api", "1.0", imageNamed("second"));
  gate.loseEvents(false);
  await gate.announce({ action: "push", repository: "shop/api", digest: key.digest, tag: "1.0" });
  await gate.drain();
  expect(await known("shop/api")).toBe(0);
  gate.pass(5_001);
  await gate.drain();
  expect((await gate.record(key)).tags).toEqual([]);
});

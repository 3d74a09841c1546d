import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { headIn, policy, REPOSITORY, sign, unsignedIn, verbsOf } from "./tagged.ts";

let gate: SmallGate;
beforeEach(async () => {
  gate = await startSmallGate(policy("onViolation: mark"));
});
afterEach(() => gate.stop());

describe("a violating image that the policy marks", () => {
  test("can be pulled still, has a mark beside each of its tags, and loses them when it complies", async () => {
    const key = await unsignedIn(gate, "bad", ["1.0", "latest"]);
    for (const tag of ["1.0", "latest", "1.0-violating", "latest-violating"]) expect(await headIn(gate, tag)).toBe(key.digest);
    expect((await gate.record(key)).hold.kind).toBe("free");
    expect((await gate.record(key)).tags).toEqual(["1.0", "1.0-violating", "latest", "latest-violating"]);
    await sign(gate, "bad");
    for (const tag of ["1.0", "latest"]) expect(await headIn(gate, tag)).toBe(key.digest);
    for (const tag of ["1.0-violating", "latest-violating"]) expect(await headIn(gate, tag)).toBeUndefined();
    expect((await gate.record(key)).retagged).toBeUndefined();
    expect((await gate.record(key)).tags).toEqual(["1.0", "latest"]);
  });

  test("is marked once, however often it is judged and swept, and marks are not marked", async () => {
    const key = await unsignedIn(gate, "bad", ["1.0"]);
    for (let times = 0; times < 3; times += 1) {
      await gate.gate.operator.sweep();
      await gate.announce({ action: "push", repository: REPOSITORY, digest: key.digest, tag: "1.0-violating" });
      await gate.drain();
    }
    expect(await verbsOf(gate, key)).toEqual(["mark"]);
    expect(await headIn(gate, "1.0-violating-violating")).toBeUndefined();
  });

  test("gives its mark to the image that has the tag now, if that violates too", async () => {
    await unsignedIn(gate, "bad", ["1.0", "old"]);
    const worse = await unsignedIn(gate, "worse", ["1.0"]);
    expect(await headIn(gate, "1.0-violating")).toBe(worse.digest);
  });

  test("gives it also where the mark was to go and stayed, for it was the only tag by then", async () => {
    const bad = await unsignedIn(gate, "bad", ["1.0"]);
    gate.loseEvents(true);
    const worse = await gate.push(REPOSITORY, "1.0", imageNamed("worse"));
    await gate.gate.operator.release({ image: bad, actor: { name: "ann", reason: "known" } });
    await gate.drain();
    expect(await headIn(gate, "1.0-violating")).toBe(bad.digest);
    await gate.announce({ action: "push", repository: REPOSITORY, digest: worse.digest, tag: "1.0" });
    await gate.drain();
    expect(await headIn(gate, "1.0-violating")).toBe(worse.digest);
  });

  test("leaves alone a tag of that name that somebody set where the gate's was taken away", async () => {
    const bad = await unsignedIn(gate, "bad", ["1.0", "old"]);
    await gate.gate.operator.release({ image: bad, actor: { name: "ann", reason: "known" } });
    await gate.drain();
    expect(await headIn(gate, "1.0-violating")).toBeUndefined();
    await gate.push(REPOSITORY, "1.0-violating", imageNamed("bad"));
    await unsignedIn(gate, "worse", ["1.0"]);
    expect(await headIn(gate, "1.0-violating")).toBe(bad.digest);
  });

  test("leaves alone a tag of that name that the gate did not set", async () => {
    const own = await unsignedIn(gate, "own", ["1.0-violating", "own"]);
    const bad = await unsignedIn(gate, "bad", ["1.0"]);
    expect(await headIn(gate, "1.0-violating")).toBe(own.digest);
    expect((await gate.record(bad)).retagged).toMatchObject({ left: [{ tag: "1.0-violating" }] });
  });

  test("was held before the policy said so, and is released", async () => {
    await gate.changePolicy(policy("onViolation: hold"));
    const key = await unsignedIn(gate, "bad", ["1.0"]);
    expect((await gate.record(key)).hold.kind).toBe("held");
    await gate.changePolicy(policy("onViolation: mark"));
    await gate.drain();
    expect((await gate.record(key)).hold.kind).toBe("free");
    expect(await headIn(gate, "1.0-violating")).toBe(key.digest);
    expect(await verbsOf(gate, key)).toEqual(["hold", "release", "mark"]);
  });
});

test("a violating image under onViolation: warn is told, and nothing is changed", async () => {
  await gate.changePolicy(policy("onViolation: warn"));
  const key = await unsignedIn(gate, "bad", ["1.0"]);
  expect((await gate.record(key)).verdict).toMatchObject({ kind: "violating", onViolation: "warn" });
  expect(await verbsOf(gate, key)).toEqual([]);
  expect(await headIn(gate, "1.0")).toBe(key.digest);
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { headIn, policy, REPOSITORY, sign, signedIn, unsignedIn, verbsOf } from "./tagged.ts";

const PROMOTE = 'promote: [{ from: "rc-*", to: stable }]';

let gate: SmallGate;
beforeEach(async () => {
  gate = await startSmallGate(policy(PROMOTE));
});
afterEach(() => gate.stop());

describe("a release tag that the policy promotes", () => {
  test("is set on a compliant image that bears a matching tag, and on no other", async () => {
    await unsignedIn(gate, "bad", ["rc-1"]);
    await signedIn(gate, "other", ["1.0"]);
    expect(await headIn(gate, "stable")).toBeUndefined();
    const good = await signedIn(gate, "good", ["rc-2"]);
    expect(await headIn(gate, "stable")).toBe(good.digest);
    expect((await gate.record(good)).tags).toEqual(["rc-2", "stable"]);
  });

  test("goes forward, and never back: neither by an older image that complies late, nor after somebody moved it back", async () => {
    const first = await unsignedIn(gate, "first", ["rc-1"]);
    const second = await signedIn(gate, "second", ["rc-2"]);
    const third = await signedIn(gate, "third", ["rc-3"]);
    expect(await headIn(gate, "stable")).toBe(third.digest);
    await sign(gate, "first");
    expect((await gate.record(first)).verdict?.kind).toBe("compliant");
    expect(await headIn(gate, "stable")).toBe(third.digest);
    await gate.push(REPOSITORY, "stable", imageNamed("second"));
    await gate.drain();
    for (const { digest } of [third, second]) await gate.announce({ action: "push", repository: REPOSITORY, digest });
    await gate.drain();
    expect(await headIn(gate, "stable")).toBe(second.digest);
  });

  test("is not set by itself on an image that no event announced: when it was pushed is not known", async () => {
    gate.loseEvents(true);
    const lost = await signedIn(gate, "lost", ["rc-1"]);
    gate.loseEvents(false);
    await gate.gate.operator.sweep();
    await gate.drain();
    expect((await gate.record(lost)).retagged).toMatchObject({ left: [{ tag: "stable" }] });
    expect(await headIn(gate, "stable")).toBeUndefined();
  });

  test("is not set on an image that would violate the rules for that tag", async () => {
    await gate.changePolicy(policy(PROMOTE).replace("grace: 0s", "grace: 0s, select: { tag: [stable] }"));
    const key = await unsignedIn(gate, "bad", ["rc-1"]);
    expect((await gate.record(key)).verdict?.kind).toBe("compliant");
    expect(await headIn(gate, "stable")).toBeUndefined();
    expect((await gate.record(key)).retagged).toMatchObject({ left: [{ tag: "stable" }] });
  });

  test("is not set in a dry run", async () => {
    gate.writePolicy(policy(PROMOTE).replace("mode: enforce", "mode: dry-run"));
    const key = await signedIn(gate, "good", ["rc-1"]);
    expect(await headIn(gate, "stable")).toBeUndefined();
    expect(await verbsOf(gate, key)).toEqual([]);
  });
});

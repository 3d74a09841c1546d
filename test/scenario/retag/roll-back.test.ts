import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { signImage } from "../../../functions/local/samples/sign.ts";
import { type ImageKey, parseTag } from "../../../shared/domain/image-ref.ts";
import { admit } from "../../../shared/pipeline/admit.ts";
import { hold } from "../../../shared/pipeline/operate.ts";
import { imageNamed, pull, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { present } from "../../fixtures/present.ts";
import { CREATED, headIn, policy, REPOSITORY, signedIn, unsignedIn, verbsOf } from "./tagged.ts";

const ACTOR = { name: "alice", reason: "because the test says so" };

let gate: SmallGate;
beforeEach(async () => {
  gate = await startSmallGate(policy('rollBack: ["stable", "prod-*"]'));
});
afterEach(() => gate.stop());

const pushSigned = (name: string, ...tags: readonly string[]): Promise<ImageKey> => signedIn(gate, name, tags);
const pushUnsigned = (name: string, ...tags: readonly string[]): Promise<ImageKey> => unsignedIn(gate, name, tags);
const head = (tag: string) => headIn(gate, tag);
const verbs = (key: ImageKey) => verbsOf(gate, key);

describe("a tag that the policy rolls back", () => {
  test("points at the last compliant image before its violating one is held, and at it again once that complies", async () => {
    const good = await pushSigned("good", "1.0", "stable");
    const bad = await pushUnsigned("bad", "1.1", "stable");
    expect(await head("stable")).toBe(good.digest);
    expect(await head("1.1")).toBeUndefined();
    expect(await verbs(bad)).toEqual(["roll-back", "hold"]);
    expect((await gate.record(good)).tags).toEqual(["1.0", "stable"]);
    expect((await gate.record(bad)).tags).toEqual(["1.1"]);
    expect((await gate.record(bad)).retagged?.standing).toMatchObject([{ tag: "stable", from: bad.digest, to: good.digest }]);
    await gate.attach(REPOSITORY, signImage(gate.key, imageNamed("bad").manifest, CREATED));
    await gate.drain();
    expect(await verbs(bad)).toEqual(["roll-back", "hold", "release", "restore"]);
    for (const tag of ["1.1", "stable"]) expect(await head(tag)).toBe(bad.digest);
    expect((await gate.record(bad)).retagged).toBeUndefined();
    expect((await gate.record(bad)).tags).toEqual(["1.1", "stable"]);
    expect((await gate.record(good)).tags).toEqual(["1.0"]);
  });

  test("keeps an image by a mark that would have no tag left, and takes the mark away with the rest", async () => {
    const good = await pushSigned("good", "stable");
    const bad = await pushUnsigned("bad", "stable");
    expect(await head("stable")).toBe(good.digest);
    await gate.attach(REPOSITORY, signImage(gate.key, imageNamed("bad").manifest, CREATED));
    await gate.drain();
    expect(await head("stable")).toBe(bad.digest);
    expect(await head("stable-violating")).toBeUndefined();
    expect((await gate.record(bad)).retagged).toBeUndefined();
  });

  test("stays where it is where nothing that it pointed at before complies, and the image says so", async () => {
    const bad = await pushUnsigned("bad", "stable");
    const worse = await pushUnsigned("worse", "stable");
    expect(await head("stable")).toBeUndefined();
    expect(await verbs(worse)).toEqual(["hold"]);
    expect((await gate.record(bad)).retagged).toMatchObject({ standing: [], left: [{ tag: "stable" }] });
  });

  test("skips what violates too, and stays away from it", async () => {
    const good = await pushSigned("good", "stable");
    await pushUnsigned("bad", "1.1", "stable");
    await pushUnsigned("worse", "1.2", "stable");
    expect(await head("stable")).toBe(good.digest);
  });

  test("that somebody moved meanwhile is left alone, and that is told", async () => {
    await pushSigned("good", "1.0", "stable");
    const bad = await pushUnsigned("bad", "1.1", "stable");
    const next = await pushSigned("next", "1.2", "stable");
    await gate.attach(REPOSITORY, signImage(gate.key, imageNamed("bad").manifest, CREATED));
    await gate.drain();
    expect(await head("stable")).toBe(next.digest);
    expect(await head("1.1")).toBe(bad.digest);
    const [restored] = await gate.store.ledger.actions(bad);
    expect(restored).toMatchObject({ action: { purpose: "restore" }, outcome: { kind: "applied", tags: [] } });
    expect((await gate.record(bad)).retagged?.standing ?? []).toEqual([]);
  });

  test("is rolled back again when its violating image is pushed under it again", async () => {
    const good = await pushSigned("good", "1.0", "stable");
    const bad = await pushUnsigned("bad", "1.1", "stable");
    await pushUnsigned("bad", "stable");
    expect(await head("stable")).toBe(good.digest);
    expect((await gate.record(bad)).hold.kind).toBe("held");
  });

  test("goes back by the hand that holds the image, and comes back by the hand that releases it", async () => {
    const good = await pushSigned("good", "1.0", "stable");
    const newer = await pushSigned("newer", "1.1", "stable");
    const plan = await gate.gate.operator.hold({ image: newer, actor: ACTOR, dryRun: true });
    expect(plan).toMatchObject({ kind: "plan", action: { verb: "retag", purpose: "roll-back" } });
    expect(await gate.gate.operator.hold({ image: newer, actor: ACTOR })).toMatchObject({ kind: "done", action: { verb: "hold" } });
    expect([await head("stable"), await head("1.1")]).toEqual([good.digest, undefined]);
    await gate.gate.operator.release({ image: newer, actor: ACTOR });
    expect([await head("stable"), await head("1.1")]).toEqual([newer.digest, newer.digest]);
    const actors = (await gate.store.ledger.actions(newer)).map(({ action }) => action.actor.name);
    expect(new Set(actors)).toEqual(new Set(["alice"]));
    await gate.drain();
    expect((await verbs(newer)).length).toBe(4);
  });

  test("goes to no image that would violate under it, though that complies without it", async () => {
    const rules = policy('onViolation: warn, rollBack: ["stable"]').replace("grace: 0s", "grace: 0s, select: { tag: [stable] }");
    await gate.changePolicy(`${rules}  - { id: scanned, level: audit, rule: severity-threshold, atLeast: critical }\n`);
    const old = await pushUnsigned("old", "1.0", "stable");
    await pushUnsigned("newer", "1.1", "stable");
    expect((await gate.record(old)).tags).toEqual(["1.0"]);
    const bad = await pushUnsigned("bad", "1.2", "stable");
    expect((await gate.record(old)).verdict?.kind).toBe("compliant");
    expect(await head("stable")).toBe(bad.digest);
    expect((await gate.record(bad)).retagged).toMatchObject({ standing: [], left: [{ tag: "stable" }] });
  });

  test("is not moved in a dry run", async () => {
    gate.writePolicy(policy('rollBack: ["stable"]').replace("mode: enforce", "mode: dry-run"));
    await pushSigned("good", "stable");
    const bad = await pushUnsigned("bad", "stable");
    expect(await head("stable")).toBe(bad.digest);
    expect(await verbs(bad)).toEqual([]);
  });

  test("counts still for its image: a rule for that tag alone is not met by taking the tag away", async () => {
    const forStable = 'onViolation: warn, rollBack: ["stable"]';
    await gate.changePolicy(policy(forStable).replace("grace: 0s", "grace: 0s, select: { tag: [stable] }"));
    const good = await pushSigned("good", "stable");
    const bad = await pushUnsigned("bad", "1.1", "stable");
    for (let times = 0; times < 3; times += 1) {
      await gate.announce({ action: "push", repository: REPOSITORY, digest: bad.digest, tag: "1.1" });
      await gate.drain();
    }
    expect((await gate.record(bad)).verdict?.kind).toBe("violating");
    expect([await head("stable"), await head("1.1")]).toEqual([good.digest, bad.digest]);
    expect(await verbs(bad)).toEqual(["roll-back"]);
  });

  test("is left where the registry does not let it move: told once, and the image is held all the same", async () => {
    await gate.stop();
    gate = await startSmallGate(policy('rollBack: ["stable"]'), "off", {
      around: async (request, registry) =>
        request.method === "PUT" && request.url.endsWith("/manifests/stable")
          ? Response.json({ errors: [{ code: "TAG_IMMUTABLE" }] }, { status: 409 })
          : registry(request),
    });
    await pushSigned("good", "1.0", "stable");
    const bad = await pushUnsigned("bad", "1.1", "stable");
    expect(await verbs(bad)).toEqual(["roll-back", "hold"]);
    expect((await gate.record(bad)).hold.kind).toBe("held");
    await pushUnsigned("bad", "1.1", "stable");
    const told = (await gate.store.ledger.journal(0, 500)).filter(({ event }) => event.kind === "acted" && event.action.verb === "retag");
    expect(told).toHaveLength(1);
    expect(told[0]?.event).toMatchObject({ outcome: { kind: "failed", code: "conflict" } });
    await expect(pull(gate, REPOSITORY, "stable")).resolves.toBeUndefined();
  });
});

test("a tag is not rolled back to an image that somebody is about to hold", async () => {
  const good = await pushSigned("good", "1.0", "stable");
  const { deps } = gate.gate;
  const [host, watched] = present([...deps.registries][0]);
  const crash = async (): Promise<never> => {
    throw new Error("cut off");
  };
  const crashing = { ...deps, registries: new Map([[host, { ...watched, registry: { ...watched.registry, hold: crash } }]]) };
  await expect(hold(crashing, { image: good, actor: ACTOR })).rejects.toThrow("cut off");
  expect(await gate.record(good)).toMatchObject({ hold: { kind: "free" }, pending: { verb: "hold" } });
  gate.loseEvents(true);
  const bad = await gate.push(REPOSITORY, "1.1", imageNamed("bad"));
  await gate.push(REPOSITORY, "stable", imageNamed("bad"));
  const now = deps.clock.now();
  await admit(deps, { ...bad, origin: "event", tag: parseTag("stable") }, { queuedAt: now, now });
  expect(await head("stable")).toBeUndefined();
  expect(await verbs(bad)).toEqual(["hold"]);
});

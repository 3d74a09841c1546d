import { afterEach, describe, expect, test } from "vitest";
import { makeSigningKey, signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import { effectOf } from "../../../shared/policy/explain/effect.ts";
import { imageNamed, pull } from "../../fakes/small-gate.ts";
import { limitsOf } from "../../fixtures/brake.ts";
import { DAY, DELETING, PLACES, startWorld, type World } from "./world.ts";

/** Nothing is deleted on what is not known, nor what something else needs; the journal says why, once. */

const CREATED = "2026-01-01T00:00:00Z";
let gate: World;
afterEach(() => gate.stop());

const keepers = async () => (await gate.told("kept")).map(({ by }) => by);
const verbs = async () => (await gate.acts()).map(({ action, outcome }) => `${action.verb} ${outcome.kind}`);

async function expectKept(key: ImageKey, by: string): Promise<void> {
  expect(await gate.kept(key)).toBe(true);
  const record = await gate.record(key);
  expect(record).toMatchObject({ hold: { kind: "held" }, deletion: { kept: { by } } });
  const told = await gate.told("kept");
  expect(told.at(-1)).toMatchObject({ image: key, by, dueAt: record.deletion?.at });
  expect(effectOf(record, { now: gate.gate.deps.clock.now() })).toContain(told.at(-1)?.why);
}

describe("use", () => {
  test("that nobody knows of keeps it, and is told once however often it is judged; it goes when a place says that it does not run", async () => {
    gate = await startWorld();
    const key = await gate.held("api");
    await gate.after(31, "nobody says");
    await expectKept(key, "use-unknown");
    await gate.judgeAgain(key);
    await gate.after(1, "nobody says");
    expect(await keepers()).toEqual(["use-unknown"]);
    await gate.after(1, [key]);
    await gate.judgeAgain(key);
    await expectKept(key, "running");
    await gate.after(1);
    expect(await gate.kept(key)).toBe(false);
    expect(await keepers()).toEqual(["use-unknown", "running"]);
  });

  test("that somebody may have begun with a pull keeps it until that counts no more", async () => {
    const usage = { ...PLACES, pulledWithin: parseDuration("40d") };
    gate = await startWorld(undefined, "off", { usage });
    const key = await gate.push("shop/api", "1.0", imageNamed("api"));
    await gate.announce({ action: "pull", repository: "shop/api", digest: key.digest, actor: "node-7" });
    await gate.drain();
    await gate.after(31);
    await expectKept(key, "pulled");
    await gate.after(10);
    expect(await gate.kept(key)).toBe(false);
  });
});

describe("a verdict", () => {
  const UNKNOWN = "{ id: scanned, rule: severity-threshold, atLeast: critical }";
  const asking = (rule: string): string => DELETING.replace(/- \{ id: signed.*\}/, `- ${rule}`);

  test.each([
    ["that is indeterminate", asking(UNKNOWN)],
    ["of missing facts alone, for which the policy holds", asking(UNKNOWN.replace(" }", ", whenUnknown: hold }"))],
  ])("%s keeps it, however long it was held for something that was known", async (_, policy) => {
    gate = await startWorld();
    const key = await gate.held("api");
    await gate.changePolicy(policy);
    await gate.after(31);
    expect((await gate.record(key)).verdict).toMatchObject({ kind: "indeterminate" });
    await expectKept(key, "verdict");
    await gate.changePolicy(DELETING);
    await gate.after(0.1);
    expect(await gate.kept(key)).toBe(false);
  });
});

describe("protected images", () => {
  test("are kept by their repository and by a tag that they had when they were held; others of the repository go", async () => {
    gate = await startWorld(DELETING, limitsOf({ protected: [{ repository: "shop/*", tag: "1.*" }] }));
    const key = await gate.held("api");
    const other = await gate.push("shop/api", "2.0", imageNamed("other"));
    await gate.drain();
    expect((await gate.record(key)).deletion).toMatchObject({ kept: { by: "protected" } });
    expect(await keepers()).toEqual([]);
    await gate.after(31);
    await expectKept(key, "protected");
    expect(await gate.kept(other)).toBe(false);
  });
});

describe("the graph", () => {
  test("a child of an index that is served is not deleted; its time begins when that index is gone and it is held whole", async () => {
    gate = await startWorld();
    const key = await gate.push("shop/api", "1.0", imageNamed("api"));
    const index = await gate.pushIndex("shop/api", "2.0", ["api"]);
    const manifest = await gate.client.manifest(index.repository, index.digest);
    if (manifest === undefined) throw new Error("the index was pushed");
    await gate.attach("shop/api", signImage(gate.key, manifest, CREATED));
    await gate.drain();
    expect([(await gate.record(key)).hold.kind, (await gate.record(index)).hold.kind]).toEqual(["held", "free"]);
    await gate.after(31);
    expect(await pull(gate, "shop/api", key.digest)).toBeDefined();
    expect(await gate.record(key)).not.toHaveProperty("deletion");
    await gate.remove("shop/api", index.digest);
    await gate.drain();
    await gate.after(29);
    expect(await gate.kept(key)).toBe(true);
    await gate.after(2);
    expect(await gate.kept(key)).toBe(false);
  });

  test("a child that is held for itself stays when the index that it went with is deleted, and can be released", async () => {
    gate = await startWorld();
    const key = await gate.push("shop/api", "1.0", imageNamed("api"));
    const index = await gate.pushIndex("shop/api", "2.0", ["api"]);
    await gate.drain();
    expect([(await gate.record(key)).hold.kind, (await gate.record(index)).hold.kind]).toEqual(["held", "held"]);
    await gate.after(31);
    expect([await gate.kept(key), await gate.kept(index)]).toEqual([true, false]);
    await gate.gate.operator.release({ image: key, actor: { name: "ann", reason: "needed" } });
    await gate.drain();
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
  });

  test("a platform that is held whole waits for the held index that names it, and goes right after it", async () => {
    gate = await startWorld();
    await gate.push("shop/api", undefined, imageNamed("api"));
    const index = await gate.pushIndex("shop/api", "2.0", ["api"]);
    await gate.drain();
    const key = await gate.held("api");
    expect(await gate.record(key)).toMatchObject({ hold: { kind: "held", strength: "hidden" }, deletion: { kept: { by: "named" } } });
    await gate.after(31);
    expect([await gate.kept(key), await gate.kept(index)]).toEqual([false, false]);
    const deleted = (await gate.acts()).filter(({ action }) => action.verb === "delete");
    expect(deleted.map(({ image }) => image.digest)).toEqual([index.digest, key.digest]);
  });

  test("what something that is served refers to is kept, for that would refer to nothing, and goes when that is gone", async () => {
    gate = await startWorld();
    const key = await gate.held("api");
    const signature = signImage(makeSigningKey(), imageNamed("api").manifest, CREATED);
    await gate.attach("shop/api", signature);
    await gate.after(31);
    expect(await gate.kept(key)).toBe(true);
    expect(await gate.record(key)).toMatchObject({ deletion: { kept: { by: "failed" } } });
    expect(await verbs()).toEqual(["hold applied", "delete failed"]);
    await gate.remove("shop/api", signature.manifest.digest);
    await gate.after(1);
    expect(await gate.kept(key)).toBe(false);
  });
});

describe("what is planned", () => {
  test("is dated anew where the policy gives it more time, and given up where the policy gives up deleting", async () => {
    gate = await startWorld();
    const key = await gate.held("api");
    const { hold } = await gate.record(key);
    const since = hold.kind === "held" ? hold.since : 0;
    await gate.after(20);
    await gate.changePolicy(DELETING.replace("30d", "60d"));
    await gate.after(20);
    expect(await gate.record(key)).toMatchObject({ deletion: { at: since + 60 * DAY } });
    expect(await gate.kept(key)).toBe(true);
    await gate.changePolicy(DELETING.replace("deleteHeldAfter: 30d,", ""));
    await gate.after(60);
    expect(await gate.record(key)).not.toHaveProperty("deletion");
    expect(await gate.kept(key)).toBe(true);
  });
});

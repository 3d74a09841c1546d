import { afterEach, describe, expect, test } from "vitest";
import { toOcsf } from "../../../shared/audit/ocsf.ts";
import { parsePolicy } from "../../../shared/policy/document.ts";
import type { ConcernedImage } from "../../../shared/ports/emergency.ts";
import { pull } from "../../fakes/small-gate.ts";
import { limitsOf } from "../../fixtures/brake.ts";
import { QUERY, type World, worldOf } from "./world.ts";

/** The morning of a new vulnerability: from the name of a package to a held, reported list. */

const OLD = ["log4j-core 2.14.1", "slf4j 1.7.36"];
const NEW = ["log4j-core 2.17.1", "slf4j 1.7.36"];

/** Thirty images: nine concerned, of which two run; one of which nobody knows what it contains. */
const CONTENTS = Object.fromEntries(
  Array.from({ length: 30 }, (_, number) => [
    `image-${number}`,
    number < 9 ? OLD : number === 9 ? ("none" as const) : number < 20 ? NEW : ["slf4j 1.7.36"],
  ]),
);
const RUNNING = ["image-3", "image-7"];
const FREE = [0, 1, 2, 4, 5, 6, 8].map((number) => `image-${number}`);

let world: World;
afterEach(() => world.gate.stop());

const namesOf = (images: readonly Pick<ConcernedImage, "tags">[]) => images.flatMap(({ tags }) => tags);
const holdOf = async (name: string) => (await world.gate.record(world.key(name))).hold.kind;
const NO_BRAKE = limitsOf({ images: 100, ofRepository: 100, lastTag: false });

describe("a package that is in nine of thirty images", () => {
  test("is listed with those that run first, with what is not known of one, and nothing is changed by asking", async () => {
    world = await worldOf(CONTENTS, RUNNING);
    const list = await world.list();
    expect(namesOf(list.images).slice(0, 2).sort()).toEqual(RUNNING);
    expect(namesOf(list.images).slice(2).sort()).toEqual(FREE);
    expect(list.images.map(({ disposition }) => disposition)).toEqual(["in-use", "in-use", ...FREE.map(() => "hold")]);
    expect(list.images[0]).toMatchObject({
      verdict: "compliant",
      facts: [{ what: "log4j-core 2.14.1", by: "SBOM of syft" }],
      usage: { kind: "running" },
    });
    expect(list).toMatchObject({ clear: 20, unsure: [{ tags: ["image-9"], kind: "not-known", why: "there is no SBOM of it" }] });
    expect(await world.gate.drain()).toBe(0);
    expect(await world.told("emergency")).toEqual([]);
  });

  test("is held by one act but where it runs; each hold names its run, and all of it is one alert", async () => {
    world = await worldOf(CONTENTS, RUNNING, NO_BRAKE);
    const started = await world.start();
    expect(started).toMatchObject({
      run: expect.stringMatching(/^emergency-\d+$/),
      images: { length: 7 },
      unsure: 1,
      leftAtStart: { "in-use": 2 },
    });
    const { progress, endedAt } = await world.settle(started.run);
    expect(progress.map(({ kind, strength }) => [kind, strength])).toEqual(FREE.map(() => ["held", "hidden"]));
    expect(endedAt).toBeDefined();
    for (const name of [...RUNNING, "image-9", "image-12"]) expect(await holdOf(name)).toBe("free");
    expect(await pull(world.gate, world.key("image-0").repository, "image-0")).toBeUndefined();

    const acts = await world.told("acted");
    expect(acts).toHaveLength(7);
    for (const act of acts)
      expect(act).toMatchObject({
        action: { cause: { run: started.run }, actor: { name: "ann", reason: "log4shell" } },
        outcome: { kind: "applied" },
      });
    expect(await world.gate.store.runs.find(started.run)).toMatchObject({ cause: "emergency", state: "running", held: 7, waiting: 0 });

    const counts = { toHold: 7, failed: 0, left: 2, notKnown: 1 };
    expect(await world.told("emergency")).toMatchObject([
      { state: "started", query: QUERY, actor: { name: "ann" }, counts: { ...counts, held: 0 } },
      { state: "ended", counts: { ...counts, held: 7 } },
    ]);
    await world.gate.gate.endEmergencies();
    expect(await world.told("emergency")).toHaveLength(2);
    const entries = await world.gate.store.ledger.journal(0, 10_000);
    const alerts = entries
      .map((entry) => toOcsf(entry, { version: "0" }))
      .filter(({ metadata }) => ["gate.emergency.started", "gate.emergency.ended"].some((code) => code === metadata["event_code"]));
    expect(alerts.map((event) => event["is_alert"])).toEqual([true, false]);
  });

  test("is held also where it runs when somebody says so, and stays held though the policy has nothing against it", async () => {
    world = await worldOf(CONTENTS, RUNNING, NO_BRAKE);
    const { run } = await world.start(QUERY, { inUse: true });
    await world.settle(run);
    for (const name of [...RUNNING, ...FREE]) expect(await holdOf(name)).toBe("held");
    await world.gate.gate.operator.sweep();
    await world.gate.drain();
    for (const name of [...RUNNING, ...FREE]) expect(await holdOf(name)).toBe("held");
    const again = await world.list();
    expect(again.images.map(({ disposition }) => disposition)).toEqual(Array.from({ length: 9 }, () => "held"));
  });

  test("is kept out from now on by the rule that the list prints", async () => {
    world = await worldOf({ a: OLD }, []);
    const { rule } = await world.list();
    const text = `apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: next }\nmode: enforce\nrules:\n${rule.replace(/^/gm, "  ")}\n`;
    expect(parsePolicy(text, "policy.yaml", "0").rules).toMatchObject([{ rule: "package-banned" }]);
    await world.gate.changePolicy(text);
    await world.gate.drain();
    expect(await world.gate.record(world.key("a"))).toMatchObject({ verdict: { kind: "violating" } });
  });

  test("is not held from a list that is out of date, and no more is held than it showed", async () => {
    world = await worldOf(CONTENTS, RUNNING, NO_BRAKE);
    const { emergency } = world.gate.gate.operator;
    const shown = await world.list();
    const request = { query: QUERY, everywhere: false, inUse: false, list: shown.list, actor: { name: "ann", reason: "log4shell" } };
    expect(await emergency.start({ ...request, inUse: true })).toMatchObject({ kind: "refused" });
    await world.runs("image-3");
    expect(await emergency.start(request)).toMatchObject({ kind: "refused" });
    expect(await world.gate.drain()).toBe(0);
    await world.runs(...RUNNING);
    expect(await emergency.start(request)).toMatchObject({ kind: "started" });
    // Sent twice: the first one's run.
    expect(await emergency.start(request)).toMatchObject({ kind: "started", report: { images: { length: 7 } } });
    await world.gate.drain();
    expect(await world.gate.gate.operator.runs()).toHaveLength(1);
    expect(await world.told("acted")).toHaveLength(7);
  });

  test("is not held where nobody can say that it does not run", async () => {
    world = await worldOf({ a: OLD }, [], "off", { usage: { places: [], pulledWithin: 1 as never, scanners: [] } });
    const list = await world.list();
    expect(list.images).toMatchObject([{ disposition: "use-unknown", usage: { kind: "unknown" } }]);
    await expect(world.start()).rejects.toThrow(/--in-use/);
    expect((await world.list(QUERY, { inUse: true })).images).toMatchObject([{ disposition: "hold" }]);
  });
});

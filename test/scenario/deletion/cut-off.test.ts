import { afterEach, describe, expect, test } from "vitest";
import { makeSigningKey, signImage } from "../../../functions/local/samples/sign.ts";
import { type ImageKey, printImageKey } from "../../../shared/domain/image-ref.ts";
import { afterIntent, work } from "../../fakes/between.ts";
import type { Around } from "../../fakes/served-registry.ts";
import { imageNamed, pull } from "../../fakes/small-gate.ts";
import { DELETING, startWorld, type World } from "./world.ts";

/** A deletion that does not come to its end: what is lost, what is told, and what the next look makes of it. */

const BY = { name: "ann", reason: "asked" };
const whole: Around = (request, registry) => registry(request);
const away: Around = async () => new Response("{}", { status: 503, headers: { "retry-after": "60" } });
const busy: Around = async () => new Response("{}", { status: 429, headers: { "retry-after": "60" } });
const forbidden: Around = async () => Response.json({ errors: [{ code: "DENIED" }] }, { status: 403 });

let gate: World;
let fault: Around;
afterEach(() => gate.stop());

/** Whatever the gate asks goes through `fault`. An image is held, with the signature of a stranger. */
async function open(): Promise<ImageKey> {
  fault = whole;
  gate = await startWorld(undefined, "off", { around: (request, registry) => fault(request, registry) });
  const image = imageNamed("api");
  const key = await gate.push("shop/api", "1.0", image);
  await gate.attach("shop/api", signImage(makeSigningKey(), image.manifest, "2026-01-01T00:00:00Z"));
  await gate.drain();
  return key;
}

const onDelete =
  (met: Around): Around =>
  (request, registry) =>
    request.method === "DELETE" ? met(request, registry) : registry(request);

/** Nobody hears of the registry again from its nth deletion on. `isDone`: that one is done all the same. */
function downFrom(nth: number, isDone: boolean): Around {
  let deletions = 0;
  return async (request, registry) => {
    if (deletions >= nth) return away(request, registry);
    if (request.method === "DELETE") deletions += 1;
    if (deletions < nth) return registry(request);
    if (isDone) await registry(request);
    return away(request, registry);
  };
}

const deletions = async () => (await gate.acts()).filter(({ action }) => action.verb === "delete");
const endings = async () => (await deletions()).map(({ outcome }) => outcome.kind);

describe("a registry that does not answer", () => {
  test.each([
    ["is busy", busy, "rate-limited"],
    ["is broken", away, "unreachable"],
  ])(
    "loses nothing where it %s: that is told once, the image stays planned, and goes when a sweep finds the registry well",
    async (_, met, code) => {
      const key = await open();
      fault = onDelete(met);
      await gate.after(31);
      await expectPlanned(key);
      await gate.after(1);
      expect((await deletions()).map(({ outcome }) => outcome)).toMatchObject([{ kind: "failed", code }]);
      await expectDoneWhenWell(key);
    },
  );

  test("whose answer is lost has deleted it all the same: that is found out, and told as a deletion of the gate's", async () => {
    const key = await open();
    fault = downFrom(1, true);
    await gate.after(31);
    expect(await gate.record(key)).toMatchObject({ pending: { verb: "delete" } });
    expect((await gate.told("planned")).map(({ action }) => action.verb)).toEqual(["delete"]);
    fault = whole;
    await gate.after(0.1);
    await expectDeleted(key);
    expect(await endings()).toEqual(["applied"]);
  });

  test("that does it only after it was seen to be undone: told as a deletion of the gate's as well", async () => {
    const key = await open();
    let late: Promise<unknown> = Promise.resolve();
    let forget = (): void => undefined;
    fault = async (request, registry) => {
      if (request.method !== "DELETE") return registry(request);
      const asked = new Promise<void>((resolve) => {
        forget = resolve;
      });
      late = asked.then(() => registry(request));
      return away(request, registry);
    };
    await gate.after(31);
    expect(await gate.kept(key)).toBe(true);
    fault = whole;
    forget();
    await late;
    await gate.after(1);
    await expectDeleted(key);
    expect(await endings()).toEqual(["failed", "applied"]);
  });
});

/** Nothing is lost, and it is still to be deleted. */
async function expectPlanned(key: ImageKey): Promise<void> {
  expect(await gate.kept(key)).toBe(true);
  const record = await gate.record(key);
  expect(record).toMatchObject({ hold: { kind: "held" }, deletion: { kept: { by: "failed" } } });
  expect(record).not.toHaveProperty("pending");
}

async function expectDoneWhenWell(key: ImageKey): Promise<void> {
  fault = whole;
  await gate.after(1);
  expect(await gate.kept(key)).toBe(false);
  expect(await endings()).toEqual(["failed", "applied"]);
}

async function expectDeleted(key: ImageKey): Promise<void> {
  expect(await gate.kept(key)).toBe(false);
  expect(await gate.record(key)).toMatchObject({ presence: "gone", hold: { kind: "free" }, deleted: {} });
  expect(await gate.told("gone")).toEqual([]);
}

describe("a registry that refuses", () => {
  test("loses nothing; that is told once, the image stays planned, and it is deleted when the registry lets it be done", async () => {
    const key = await open();
    fault = onDelete(forbidden);
    await gate.after(31);
    await expectPlanned(key);
    await gate.after(1);
    await gate.after(1);
    expect(await endings()).toEqual(["failed"]);
    expect((await gate.store.ledger.actions(key)).filter(({ outcome }) => outcome?.kind === "failed").length).toBeGreaterThan(1);
    await expectDoneWhenWell(key);
  });

  test("may have it released meanwhile: a deletion that failed is no deletion", async () => {
    const key = await open();
    fault = onDelete(forbidden);
    await gate.after(31);
    fault = whole;
    await gate.gate.operator.release({ image: key, actor: BY });
    await gate.drain();
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
    expect(await gate.record(key)).not.toHaveProperty("deletion");
  });
});

/** What may have changed while the process was down, or the registry. */
const CHANGES: Readonly<Record<string, (key: ImageKey) => Promise<unknown>>> = {
  "something runs it": async (key) => gate.report([key]),
  "nobody says any more what runs": async () => gate.pass(2 * 86_400_000),
  "somebody stopped the gate": async () => gate.gate.operator.stop(BY),
  "it is a dry run": async () => gate.changePolicy(DELETING.replace("mode: enforce", "mode: dry-run")),
  "the policy deletes nothing any more": async () => gate.changePolicy(DELETING.replace("deleteHeldAfter: 30d,", "")),
  "a person wants it held": async (key) => gate.gate.operator.hold({ image: key, actor: BY }),
  "a person released it": async (key) => gate.gate.operator.release({ image: key, actor: BY }),
  "it was pushed again": async () => gate.push("shop/api", "again", imageNamed("api")),
  "it was signed": async () => gate.attach("shop/api", signImage(gate.key, imageNamed("api").manifest, "2026-01-01T00:00:00Z")),
};

describe("between the intent and the first deletion", () => {
  test.each(Object.keys(CHANGES))("the world may change: it is judged again, and nothing is deleted when %s", async (name) => {
    const key = await open();
    fault = downFrom(1, false);
    await gate.after(31);
    expect(await gate.record(key)).toMatchObject({ pending: { verb: "delete" } });
    fault = whole;
    await CHANGES[name]?.(key);
    gate.pass(3_600_000);
    await gate.drain();
    expect((await gate.kept(key)) || (await pull(gate, "shop/api", key.digest)) !== undefined).toBe(true);
    expect(await endings()).toEqual(["superseded"]);
    expect((await gate.record(key)).pending).toBeUndefined();
  });

  test("the same is asked in the moment between the two", async () => {
    const key = await open();
    gate.pass(31 * 86_400_000);
    await gate.report([]);
    await work(
      gate,
      1,
      afterIntent(gate, () => gate.report([key])),
    );
    expect(await endings()).toEqual(["superseded"]);
    expect(await gate.kept(key)).toBe(true);
    await gate.drain();
    expect(await gate.record(key)).toMatchObject({ hold: { kind: "held" }, deletion: { kept: { by: "running" } } });
  });
});

describe("once the image is gone", () => {
  async function halfDone(): Promise<ImageKey> {
    const key = await open();
    fault = downFrom(2, false);
    await gate.after(31);
    fault = whole;
    expect(await gate.kept(key)).toBe(false);
    expect(await gate.record(key)).toMatchObject({ pending: { verb: "delete" } });
    expect(await gate.left(key)).not.toEqual([]);
    return key;
  }

  test("what is left of it goes too, whatever runs by then: nothing could be kept any more", async () => {
    const key = await halfDone();
    await gate.after(0.1, [key]);
    expect(await gate.left(key)).toEqual([]);
    expect(await endings()).toEqual(["applied"]);
    expect(await gate.record(key)).toMatchObject({ presence: "gone", deleted: {} });
  });

  test("a gate that is stopped takes no more away; what is left goes when it acts again", async () => {
    const key = await halfDone();
    await gate.gate.operator.stop(BY);
    const left = await gate.left(key);
    await gate.after(1);
    expect(await gate.left(key)).toEqual(left);
    expect(await endings()).toEqual([]);
    await gate.gate.operator.resume(BY);
    await gate.after(0.1);
    expect(await gate.left(key)).toEqual([]);
    expect(await endings()).toEqual(["applied"]);
  });

  test("the same bytes may be pushed again meanwhile: the deletion ends, and they are a new image", async () => {
    const key = await halfDone();
    await gate.held("api");
    expect(await endings()).toEqual(["applied"]);
    const record = await gate.record(key);
    expect(record).toMatchObject({ presence: "present", hold: { kind: "held" }, tags: ["1.0"] });
    expect(record).not.toHaveProperty("deleted");
    expect(printImageKey(record.key)).toBe(printImageKey(key));
    expect(await gate.kept(key)).toBe(true);
  });
});

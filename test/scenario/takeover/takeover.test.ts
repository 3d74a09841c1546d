import { afterEach, describe, expect, test } from "vitest";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import { confirmTakeOver } from "../../../shared/pipeline/take-over.ts";
import type { TakeOverPlan } from "../../../shared/ports/take-over.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { limitsOf } from "../../fixtures/brake.ts";
import { ACTOR, keyAt, type Lying, OTHER_POLICY, POLICY, report, startTakeOver, type TakeOverWorld, tellRunning } from "./world.ts";

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, place) => from + place);

/** Of 60 images twelve violate, of which four run; thirty were never scanned. */
const SIXTY: Lying = { count: 60, critical: range(0, 12), clean: range(12, 30), running: range(0, 4), repositories: 6 };
const FEW: Lying = { count: 6, critical: [0, 1, 2], clean: [3, 4], running: [0], repositories: 2 };
const NO_LIMIT = limitsOf();

let world: TakeOverWorld;
afterEach(async () => {
  await world.stop();
});

const takeOvers = () => world.gate.takeOvers;

async function listed(lying: Lying, options: Parameters<typeof startTakeOver>[1] = {}): Promise<TakeOverWorld> {
  world = await startTakeOver(lying, options);
  await world.gate.operator.sweep();
  await world.drain();
  return world;
}

async function look(): Promise<TakeOverPlan<unknown>> {
  const answer = await takeOvers().plan({ registry: world.registry, actor: ACTOR });
  if (answer.kind !== "planned") throw new Error(answer.why);
  return answer.plan;
}

const confirm = () => takeOvers().confirm({ registry: world.registry, actor: ACTOR });

async function standing() {
  const [status] = await takeOvers().status();
  if (status === undefined) throw new Error("the registry is not watched");
  return status;
}

async function told(kind: AuditEvent["kind"]): Promise<readonly AuditEvent[]> {
  return (await world.store.ledger.journal(0, 500)).map(({ event }) => event).filter((event) => event.kind === kind);
}

describe("before somebody has confirmed", () => {
  test("nothing is acted on, whatever comes: a sweep, pushes, another policy, reports, time", async () => {
    await listed(SIXTY);
    const pushed = await world.push("shop/new", "v1", imageNamed("pushed while it is taken over"));
    await report(world, pushed, true);
    await world.announce({ action: "push", repository: "shop/app0", digest: keyAt(world.images, 0).digest, tag: "v0" });
    await world.drain();
    await world.changePolicy(OTHER_POLICY);
    await world.drain();
    await report(world, keyAt(world.images, 20), true);
    world.pass(40 * 86_400_000);
    await world.gate.operator.sweep();
    await world.drain();
    expect(await world.held()).toEqual([]);
    expect((await world.record(pushed)).hold.kind).toBe("free");
    expect((await world.record(pushed)).verdict?.kind).toBe("violating");
    expect(await told("acted")).toEqual([]);
    expect(await told("planned")).toEqual([]);
  });

  test("a person may still hold one image by hand", async () => {
    await listed(FEW);
    const held = await world.gate.operator.hold({ image: keyAt(world.images, 5), actor: ACTOR });
    expect(held.kind).toBe("done");
    expect(await world.held()).toEqual([5]);
    await world.gate.operator.sweep();
    await world.drain();
    expect(await world.held()).toEqual([5]);
  });

  test("how far it is can be asked: what was found, what was judged, what nobody has scanned", async () => {
    world = await startTakeOver(SIXTY);
    expect(await standing()).toMatchObject({
      standing: { kind: "taking-over", listing: { kind: "not-asked" } },
      open: 0,
      counts: { images: 0 },
    });
    await world.gate.operator.sweep();
    expect(await standing()).toMatchObject({ standing: { listing: { kind: "read", tags: 60 } }, open: 60, counts: { images: 0 } });
    await world.work(25);
    expect(await standing()).toMatchObject({ open: 35, counts: { images: 25 } });
    await world.drain();
    expect(await standing()).toMatchObject({
      open: 0,
      counts: { images: 60, verdicts: { compliant: 18, violating: 12, indeterminate: 30 }, withoutFindings: 30 },
    });
    const { registries } = await world.gate.status();
    expect(registries).toMatchObject([{ mode: "dry-run", takeOver: { judged: 60, found: 60 } }]);
  });

  test("the images are no events that were missed", async () => {
    world = await startTakeOver(FEW);
    expect(await world.gate.operator.sweep()).toMatchObject({ images: 6, missed: 0, queued: 6 });
  });
});

describe("confirming is refused", () => {
  test("while what lies there was not listed, while it waits to be judged, and while nobody has seen the plan", async () => {
    world = await startTakeOver(FEW);
    expect(await confirm()).toMatchObject({ kind: "refused", why: expect.stringContaining("listed") });
    await world.gate.operator.sweep();
    expect(await confirm()).toMatchObject({ kind: "refused", why: expect.stringContaining("wait to be judged") });
    await world.drain();
    expect(await confirm()).toMatchObject({ kind: "refused", mend: expect.stringContaining("moorgate takeover plan") });
    expect(await world.held()).toEqual([]);
  });

  test("on a plan that was seen before all was listed and judged, and such a plan says so", async () => {
    world = await startTakeOver(FEW);
    expect((await look()).objection).toBeDefined();
    await world.gate.operator.sweep();
    await world.drain();
    expect((await confirm()).kind).toBe("refused");
  });

  test("where another policy is in force than the plan was made with", async () => {
    await listed(FEW);
    await look();
    await world.changePolicy(OTHER_POLICY);
    await world.drain();
    expect(await confirm()).toMatchObject({ kind: "refused", mend: expect.stringContaining("moorgate takeover plan") });
    await look();
    expect((await confirm()).kind).toBe("confirmed");
  });

  test("where an image would be held that the plan did not show", async () => {
    await listed(FEW);
    expect((await look()).numbers).toMatchObject({ hold: 2, deadline: 1 });
    await report(world, keyAt(world.images, 3), true);
    await world.drain();
    const answer = await confirm();
    expect(answer).toMatchObject({ kind: "refused", why: expect.stringContaining(keyAt(world.images, 3).digest) });
    expect((await look()).numbers.hold).toBe(3);
    expect((await confirm()).kind).toBe("confirmed");
  });

  test("where an image that was to get a deadline runs no more, and would be held", async () => {
    await listed(FEW);
    await look();
    await tellRunning(world, []);
    expect((await confirm()).kind).toBe("refused");
  });

  test.each([
    ["the policy", { policy: POLICY.replace("mode: enforce", "mode: dry-run") }],
    ["the registry", { registry: { takeOver: "ask" as const, mode: "dry-run" as const } }],
  ])("while %s is in dry-run: nothing would be done, and the plan would be forgotten", async (_, options) => {
    await listed(FEW, options);
    expect((await look()).objection?.why).toContain("dry-run");
    expect(await confirm()).toMatchObject({ kind: "refused", why: expect.stringContaining("dry-run") });
  });

  test("a second time", async () => {
    await listed(FEW);
    await look();
    expect((await confirm()).kind).toBe("confirmed");
    expect((await confirm()).kind).toBe("refused");
  });

  test("to one of two who confirm at once", async () => {
    await listed(FEW);
    await look();
    const kinds = (await Promise.all([confirm(), confirm()])).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(["confirmed", "refused"]);
    expect((await told("taken-over")).map((event) => event.kind === "taken-over" && event.state)).toEqual(["begun", "seen", "confirmed"]);
  });
});

describe("after it was confirmed", () => {
  test("exactly what the plan showed is done: no image more, none less", async () => {
    await listed(SIXTY, { brake: NO_LIMIT });
    const plan = await look();
    expect(plan.numbers).toEqual({
      images: 60,
      verdicts: { compliant: 18, violating: 12, indeterminate: 30 },
      hold: 8,
      deadline: 4,
      decided: 0,
    });
    expect(plan.use).toEqual({ running: 4, pulled: 0, notRunning: 8, unknown: 0 });
    expect(await confirm()).toMatchObject({ kind: "confirmed", queued: 60 });
    await world.drain();
    const shown = plan.holds.map(({ digest }) => world.images.findIndex((image) => image.digest === digest));
    expect(await world.held()).toEqual(shown.toSorted((a, b) => a - b));
    expect(await world.held()).toEqual(range(4, 12));
    expect(await world.deadlines()).toEqual(range(0, 4));
  });

  test("what was mended since the plan was seen is not held", async () => {
    await listed(FEW);
    await look();
    await report(world, keyAt(world.images, 1), false);
    await world.drain();
    expect((await confirm()).kind).toBe("confirmed");
    await world.drain();
    expect(await world.held()).toEqual([2]);
  });

  test("the brake stops the run where it must, and goes on when it is told to", async () => {
    await listed(SIXTY, { brake: { ...NO_LIMIT, images: 3 } });
    await look();
    const confirmed = await confirm();
    await world.drain();
    expect((await world.held()).length).toBe(3);
    const run = confirmed.kind === "confirmed" ? confirmed.run : "";
    expect(await world.gate.operator.runs("stopped")).toMatchObject([{ id: run, cause: "takeover", held: 3, waiting: 5 }]);
    await world.gate.operator.decideRun({ run, decision: "approved", actor: ACTOR });
    await world.drain();
    expect(await world.held()).toEqual(range(4, 12));
  });

  test("what is pushed is held at once, as anywhere", async () => {
    await listed(FEW);
    await look();
    await confirm();
    await world.drain();
    const image = imageNamed("pushed later");
    await report(world, { ...keyAt(world.images, 0), digest: image.manifest.digest }, true);
    const pushed = await world.push("shop/new", "v1", image);
    await world.drain();
    expect((await world.record(pushed)).hold.kind).toBe("held");
  });

  test("an image that was there before is not new, though the gate has just met it: what nobody knows of gets a deadline", async () => {
    await listed(FEW, { usage: { places: [], pulledWithin: parseDuration("1h"), scanners: [] } });
    const plan = await look();
    expect(plan.numbers).toMatchObject({ hold: 0, deadline: 3 });
    await confirm();
    await world.drain();
    expect(await world.held()).toEqual([]);
    expect(await world.deadlines()).toEqual([0, 1, 2]);
  });
});

describe("a crash", () => {
  test("between the word and the work: the next sweep queues what was confirmed", async () => {
    await listed(FEW);
    await look();
    const { deps } = world.gate;
    const broken = { ...deps, queue: { ...deps.queue, put: () => Promise.reject(new Error("killed")) } };
    await expect(confirmTakeOver(broken, { registry: world.registry, actor: ACTOR })).rejects.toThrow("killed");
    expect((await standing()).standing).toMatchObject({ kind: "in-charge", isQueueing: true });
    await world.gate.operator.sweep();
    await world.drain();
    expect(await world.held()).toEqual([1, 2]);
    expect((await standing()).standing).not.toHaveProperty("isQueueing");
  });

  test("in the middle of the work: what was confirmed is done all the same, once", async () => {
    await listed(FEW);
    await look();
    await confirm();
    await world.work(3);
    // A job that was begun and never ended is given out again when its lease is over.
    await world.gate.deps.queue.claim(1, world.gate.deps.clock.now(), 1_000);
    world.pass(2_000);
    await world.drain();
    expect(await world.held()).toEqual([1, 2]);
    expect((await told("acted")).length).toBe(2);
  });

  test("of the registry while it is listed: it is not taken for listed, and the next sweep goes on", async () => {
    let calls = 0;
    let isWell = false;
    const around = async (request: Request, next: (request: Request) => Promise<Response>): Promise<Response> => {
      calls += request.method === "HEAD" ? 1 : 0;
      return !isWell && calls > 3 ? new Response("{}", { status: 403 }) : next(request);
    };
    world = await startTakeOver(FEW, { around });
    await world.gate.operator.sweep();
    expect((await standing()).standing).toMatchObject({ kind: "taking-over", listing: { kind: "fault" } });
    expect(await confirm()).toMatchObject({ kind: "refused", why: expect.stringContaining("could not be listed") });
    isWell = true;
    await world.gate.operator.sweep();
    await world.drain();
    expect((await standing()).standing).toMatchObject({ listing: { kind: "read", tags: 6 } });
    expect((await standing()).counts.images).toBe(6);
  });
});

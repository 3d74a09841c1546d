import { afterEach, describe, expect, test } from "vitest";
import { type Built, buildImage, buildIndex } from "../../../functions/local/samples/image.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import { readJudgeWork } from "../../../shared/pipeline/work.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { limitsOf } from "../../fixtures/brake.ts";
import { keyAt, type Lying, OTHER_POLICY, report, startTakeOver, type TakeOverWorld } from "./world.ts";

const NOTHING: Lying = { count: 0, critical: [], clean: [], running: [], repositories: 1 };
const FEW: Lying = { count: 6, critical: [0, 1, 2], clean: [3, 4], running: [0], repositories: 2 };
const AT_ONCE = { registry: { takeOver: "at-once" } } as const;

let world: TakeOverWorld;
afterEach(async () => {
  await world.stop();
});

async function standing() {
  const [status] = await world.gate.takeOvers.status();
  if (status === undefined) throw new Error("the registry is not watched");
  return status.standing;
}

async function pushViolating(): Promise<ImageKey> {
  const image = imageNamed("pushed");
  await report(world, image.manifest, true);
  return world.push("shop/new", "v1", image);
}

function builtAt(created: string): Built {
  return buildImage({ platform: { os: "linux", architecture: "amd64" }, created, files: [{ path: "name", content: created }], labels: {} });
}

function layersOf(manifest: Uint8Array): readonly { readonly digest: string; readonly size: number }[] {
  return JSON.parse(Buffer.from(manifest).toString()).layers;
}

describe("a registry that is new to the gate", () => {
  test("and empty is enforced from the first push on", async () => {
    world = await startTakeOver(NOTHING);
    await world.gate.refreshStandings();
    expect(await standing()).toMatchObject({ kind: "in-charge", how: "empty" });
    const pushed = await pushViolating();
    await world.drain();
    expect((await world.record(pushed)).hold.kind).toBe("held");
  });

  test("is being taken over until it has answered: to be silent is not to be empty", async () => {
    let isDown = true;
    const around = async (request: Request, next: (request: Request) => Promise<Response>): Promise<Response> =>
      isDown && request.url.includes("_catalog") ? new Response("{}", { status: 403 }) : next(request);
    world = await startTakeOver(NOTHING, { around });
    await world.gate.refreshStandings();
    expect(await standing()).toMatchObject({ kind: "taking-over", listing: { kind: "fault" } });
    const pushed = await pushViolating();
    await world.drain();
    expect((await world.record(pushed)).hold.kind).toBe("free");
    isDown = false;
    await world.gate.refreshStandings();
    // Something was pushed meanwhile, and went free: that is not empty.
    expect(await standing()).toMatchObject({ kind: "taking-over", listing: { kind: "reading" } });
  });

  test("is not empty because its catalogue hides what was pushed meanwhile", async () => {
    let answers = new Response("{}", { status: 403 });
    const around = async (request: Request, next: (request: Request) => Promise<Response>): Promise<Response> =>
      request.url.includes("_catalog") ? answers.clone() : next(request);
    world = await startTakeOver(NOTHING, { around });
    await world.gate.refreshStandings();
    await pushViolating();
    await world.drain();
    answers = Response.json({ repositories: [] });
    await world.gate.refreshStandings();
    expect((await standing()).kind).toBe("taking-over");
  });

  test("tells the SOC once that it is being taken over, however often it is asked", async () => {
    world = await startTakeOver(FEW);
    for (let times = 0; times < 3; times += 1) await world.gate.operator.sweep();
    const events = (await world.store.ledger.journal(0, 100)).filter(({ event }) => event.kind === "taken-over");
    expect(events.map(({ event }) => event)).toMatchObject([{ kind: "taken-over", registry: world.registry, state: "begun" }]);
  });

  test("is not asked for by settings that say nothing of it: it is as it was set", async () => {
    world = await startTakeOver(FEW, { registry: {} });
    await world.gate.operator.sweep();
    await world.drain();
    expect(await world.held()).toEqual([1, 2]);
    expect(await world.gate.takeOvers.status()).toEqual([]);
  });
});

describe("a registry that is to be enforced at once", () => {
  test("has what lies in it held as it is found, and what runs keeps running", async () => {
    world = await startTakeOver(FEW, AT_ONCE);
    await world.gate.operator.sweep();
    await world.drain();
    expect(await world.held()).toEqual([1, 2]);
    expect(await world.deadlines()).toEqual([0]);
  });

  test("meets nothing that is new: of what nobody knows whether it runs, nothing is held", async () => {
    world = await startTakeOver(FEW, { ...AT_ONCE, usage: { places: [], pulledWithin: parseDuration("1h"), scanners: [] } });
    await world.gate.operator.sweep();
    await world.drain();
    expect(await world.held()).toEqual([]);
    expect(await world.deadlines()).toEqual([0, 1, 2]);
  });

  test("is under the brake: what was there before is no push", async () => {
    world = await startTakeOver(FEW, { ...AT_ONCE, brake: limitsOf({ images: 1, ofRepository: 100, lastTag: false }) });
    await world.gate.operator.sweep();
    await world.drain();
    expect((await world.held()).length).toBe(1);
    expect(await world.gate.operator.runs("stopped")).toMatchObject([{ cause: "takeover", held: 1, waiting: 1 }]);
  });

  test("is listed over two sweeps as one run: waiting gets nothing past the brake", async () => {
    let calls = 0;
    const around = async (request: Request, next: (request: Request) => Promise<Response>): Promise<Response> => {
      calls += request.method === "HEAD" ? 1 : 0;
      return calls === 4 ? new Response("{}", { status: 403 }) : next(request);
    };
    world = await startTakeOver(FEW, { ...AT_ONCE, around, brake: limitsOf({ images: 1, ofRepository: 100, lastTag: false }) });
    await world.gate.operator.sweep();
    await world.drain();
    await world.gate.operator.sweep();
    await world.drain();
    expect((await world.held()).length).toBe(1);
  });
});

describe("while thousands wait to be judged", () => {
  test("a push comes next, also in a repository of which all images wait", async () => {
    world = await startTakeOver({ ...NOTHING, count: 50, repositories: 1 });
    await world.gate.operator.sweep();
    const pushed = await world.push("shop/app0", "new", imageNamed("pushed"));
    await world.work(2);
    expect((await world.record(pushed)).verdict?.kind).toBe("indeterminate");
  });

  test("what is in use is judged before what is not", async () => {
    world = await startTakeOver({ ...NOTHING, count: 50, repositories: 5, running: [40, 45, 49] });
    await world.gate.operator.sweep();
    await world.work(6);
    for (const number of [40, 45, 49]) expect((await world.record(keyAt(world.images, number))).verdict).toBeDefined();
  });

  test("a run of another cause lets pushes pass too", async () => {
    world = await startTakeOver({ ...NOTHING, count: 20, repositories: 1 });
    await world.gate.operator.sweep();
    await world.drain();
    await world.changePolicy(OTHER_POLICY);
    const pushed = await world.push("shop/app0", "new", imageNamed("pushed"));
    const first = await world.gate.deps.queue.claim(2, world.gate.deps.clock.now(), 60_000);
    expect(first.map(({ payload }) => readJudgeWork(payload).digest)).toContain(pushed.digest);
  });
});

describe("what nobody has scanned", () => {
  const list = async (limit = 100) => {
    const scans = await world.gate.takeOvers.scans(world.registry, limit);
    if ("kind" in scans) throw new Error(scans.why);
    return scans;
  };

  test("is listed with what runs first, then the newest; what has a report is not", async () => {
    world = await startTakeOver({ ...FEW, count: 4, critical: [0], clean: [1], running: [3] });
    const old = builtAt("2020-01-01T00:00:00Z");
    const young = builtAt("2026-06-01T00:00:00Z");
    await world.push("shop/app0", "old", old);
    await world.push("shop/app0", "young", young);
    await world.gate.operator.sweep();
    await world.drain();
    const { images, total, use } = await list();
    const running = keyAt(world.images, 3).digest;
    const usual = keyAt(world.images, 2).digest;
    expect(images.map(({ image }) => image.digest)).toEqual([running, young.manifest.digest, usual, old.manifest.digest]);
    expect({ total, use }).toEqual({ total: 4, use: { running: 1, pulled: 0, notRunning: 3, unknown: 0 } });
    expect((await list(1)).images.map(({ image }) => image.digest)).toEqual([running]);
    expect((await list(1)).total).toBe(4);
  });

  test("is measured by its layers, each once", async () => {
    world = await startTakeOver({ ...NOTHING, count: 2 });
    await world.gate.operator.sweep();
    await world.drain();
    const images = [0, 1].map((number) => imageNamed(`image ${number}`));
    const layers = new Map(images.flatMap(({ manifest }) => layersOf(manifest.bytes)).map(({ digest, size }) => [digest, size]));
    const bytes = [...layers.values()].reduce((sum, size) => sum + size, 0);
    expect((await list()).size).toEqual({ bytes, layers: layers.size, unknown: 0 });
  });

  test("names each platform of an index once, by the digest that a scanner is to be given", async () => {
    world = await startTakeOver(NOTHING);
    const [one, other] = [imageNamed("platforms"), imageNamed("platforms", "arm64")];
    for (const each of [one, other]) await world.push("shop/app0", undefined, each);
    const platforms = [one, other].map((image, place) => ({
      image,
      platform: { os: "linux", architecture: place === 0 ? "amd64" : "arm64" },
    }));
    await world.push("shop/app0", "1.0", { manifest: buildIndex(platforms), blobs: [] });
    await world.drain();
    const digests = (await list()).images.map(({ image }) => image.digest);
    expect(digests.toSorted()).toEqual([one.manifest.digest, other.manifest.digest].toSorted());
  });

  test("ends when a report is there", async () => {
    world = await startTakeOver({ ...NOTHING, count: 2 });
    await world.gate.operator.sweep();
    await world.drain();
    await report(world, keyAt(world.images, 0), false);
    await world.drain();
    expect((await list()).images.map(({ image }) => image.digest)).toEqual([keyAt(world.images, 1).digest]);
  });
});

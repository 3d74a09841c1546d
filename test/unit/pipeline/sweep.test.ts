import { afterEach, describe, expect, test } from "vitest";
import { type ImageKey, parseRegistryHost } from "../../../shared/domain/image-ref.ts";
import { notWholeSince } from "../../../shared/domain/sweep.ts";
import { sweep, sweepRest } from "../../../shared/pipeline/sweep.ts";
import { imageNamed, SIGNED_POLICY, type SmallGate, type SmallGateOptions, startSmallGate } from "../../fakes/small-gate.ts";

/** What violates is told and left free: what is held never counts as gone. */
const FREE = SIGNED_POLICY.replace("grace: 0s", "grace: 0s, level: warn");
const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map((name) => `shop/${name}`);

let gate: SmallGate;
afterEach(() => gate.stop());

/** Lists of tags that the gate asked for, by repository. */
let asked: string[] = [];

/** Images that no event told of, one in each repository. */
async function lost(answer: (repository: string) => Response | undefined, options: SmallGateOptions = {}): Promise<readonly ImageKey[]> {
  asked = [];
  const around: SmallGateOptions["around"] = async (request, next) => {
    const repository = /\/v2\/(.+)\/tags\/list/.exec(request.url)?.[1];
    if (repository === undefined) return next(request);
    asked.push(repository);
    return answer(repository) ?? next(request);
  };
  gate = await startSmallGate(FREE, "off", { around, ...options });
  gate.loseEvents(true);
  return Promise.all(NAMES.map((name) => gate.push(name, "1.0", imageNamed(name))));
}

async function known(keys: readonly ImageKey[]): Promise<readonly string[]> {
  await gate.drain();
  const records = await Promise.all(keys.map((key) => gate.gate.deps.ledger.image(key)));
  return records.flatMap((record) => (record?.presence === "present" ? [record.key.repository] : []));
}

describe("a sweep whose time is over", () => {
  /** Its time is over while the repository is listed. */
  async function endedAt(repository: string): Promise<readonly ImageKey[]> {
    const over = new AbortController();
    const keys = await lost((name) => {
      if (name === repository) over.abort();
      return undefined;
    });
    const report = await sweep(gate.gate.deps, over.signal);
    expect(report.registries).toMatchObject([{ fault: expect.stringContaining("the time of this sweep was over") }]);
    return keys;
  }

  test("says so, and the next one goes on where it was: in the end nothing was left out", async () => {
    const keys = await endedAt("shop/f");
    const before = await known(keys);
    expect(before).toEqual(expect.arrayContaining(NAMES.slice(0, 4)));
    expect(before).not.toContain("shop/j");
    asked = [];
    expect(await sweepRest(gate.gate.deps)).toMatchObject({ registries: [{ host: gate.host }] });
    expect(new Set(asked)).toEqual(new Set(NAMES.slice(4)));
    expect(await known(keys)).toEqual(NAMES);
  });

  test("leaves nothing to go on with once it has come to its end", async () => {
    await endedAt("shop/f");
    await sweepRest(gate.gate.deps);
    expect(await sweepRest(gate.gate.deps)).toBeUndefined();
  });

  test("loses nothing that was to come, where it was over before the first repository", async () => {
    const keys = await endedAt("shop/a");
    await sweepRest(gate.gate.deps);
    expect(await known(keys)).toEqual(NAMES);
  });

  test("takes nothing for gone that it did not come to", async () => {
    const keys = await lost(() => undefined);
    await sweep(gate.gate.deps);
    expect(await known(keys)).toEqual(NAMES);
    const over = AbortSignal.abort();
    expect(await sweep(gate.gate.deps, over)).toMatchObject({ gone: 0, queued: 0 });
    expect(await known(keys)).toEqual(NAMES);
  });

  test("is not taken for the last one that succeeded", async () => {
    await endedAt("shop/f");
    const lastSweepAt = async (): Promise<unknown> => (await gate.gate.status()).registries[0]?.lastSweepAt;
    expect(await lastSweepAt()).toBe("never");
    const [state] = (await gate.store.sweeps.all()).values();
    await sweepRest(gate.gate.deps);
    expect(await lastSweepAt()).toBe(state?.left?.startedAt ?? "not left");
  });
});

describe("a sweep that broke off after it was on its way for half a minute", () => {
  /** Who is killed writes nothing any more. */
  async function brokenAt(repository: string, isKilled: boolean): Promise<readonly ImageKey[]> {
    const keys = await lost((name) => {
      if (name === "shop/e") gate.pass(30_000);
      return undefined;
    });
    const { deps } = gate.gate;
    const images: typeof deps.ledger.images = async (query) => {
      if (query.repository === repository) throw new Error("broken");
      return deps.ledger.images(query);
    };
    const leave: typeof deps.sweeps.leave = async (host, place) => {
      if (!isKilled || place.workedUntil !== undefined) await deps.sweeps.leave(host, place);
    };
    const broken = { ...deps, ledger: { ...deps.ledger, images }, sweeps: { ...deps.sweeps, leave } };
    await expect(sweep(broken)).rejects.toThrow("broken");
    asked = [];
    return keys;
  }

  test("because its store failed is gone on with at once, from where it was", async () => {
    const keys = await brokenAt("shop/i", false);
    await sweepRest(gate.gate.deps);
    expect(new Set(asked)).toEqual(new Set(NAMES.slice(8)));
    expect(await known(keys)).toEqual(NAMES);
    expect(await sweepRest(gate.gate.deps)).toBeUndefined();
  });

  test("because it was killed is gone on with from where it was a moment before, once it is sure that nobody works on it", async () => {
    const keys = await brokenAt("shop/i", true);
    expect(await sweepRest(gate.gate.deps)).toMatchObject({ registries: [] });
    expect(asked).toEqual([]);
    gate.pass(180_000);
    await sweepRest(gate.gate.deps);
    expect(new Set(asked)).toEqual(new Set(NAMES.slice(8)));
    expect(await known(keys)).toEqual(NAMES);
    expect(await sweepRest(gate.gate.deps)).toBeUndefined();
  });
});

describe("a repository that cannot be listed", () => {
  const forbidden = (repository: string): Response | undefined =>
    repository === "shop/b" ? Response.json({ errors: [{ code: "DENIED" }] }, { status: 403 }) : undefined;

  test("keeps no other from being compared, and is told", async () => {
    const keys = await lost(forbidden);
    const report = await sweep(gate.gate.deps);
    expect(report.registries).toMatchObject([{ images: NAMES.length - 1, fault: expect.stringContaining("shop/b") }]);
    expect(await known(keys)).toEqual(NAMES.filter((name) => name !== "shop/b"));
    expect(await sweepRest(gate.gate.deps)).toBeUndefined();
    const [state] = (await gate.store.sweeps.all()).values();
    expect(state && notWholeSince(state)).toBe(report.startedAt);
  });

  test("has lost nothing by that", async () => {
    let isShut = false;
    const keys = await lost((repository) => (isShut ? forbidden(repository) : undefined));
    await sweep(gate.gate.deps);
    expect(await known(keys)).toEqual(NAMES);
    isShut = true;
    expect(await sweep(gate.gate.deps)).toMatchObject({ gone: 0 });
    expect(await known(keys)).toEqual(NAMES);
  });
});

test("a registry that lists no repositories is compared where images are known of", async () => {
  let hasCatalogue = true;
  const keys = await lost(() => undefined, {
    around: async (request, next) =>
      request.url.includes("_catalog") && !hasCatalogue
        ? Response.json({ errors: [{ code: "UNSUPPORTED" }] }, { status: 404 })
        : next(request),
  });
  await sweep(gate.gate.deps);
  expect(await known(keys)).toEqual(NAMES);
  hasCatalogue = false;
  const more = await gate.push("shop/a", "2.0", imageNamed("more"));
  await gate.remove("shop/b", "1.0");
  expect(await sweep(gate.gate.deps)).toMatchObject({ missed: 1, gone: 1, registries: [{ fault: expect.any(String) }] });
  expect(await known([more])).toEqual(["shop/a"]);
  const [state] = (await gate.store.sweeps.all()).values();
  expect(state && notWholeSince(state), "all was compared that can be").toBeUndefined();
});

test("a registry that is not watched any more is forgotten, and not gone on with", async () => {
  await lost(() => undefined);
  await gate.store.sweeps.leave(parseRegistryHost("registry.example.com"), { startedAt: gate.gate.deps.clock.now() });
  expect(await sweepRest(gate.gate.deps)).toBeUndefined();
  expect(await gate.store.sweeps.all()).toEqual(new Map());
});

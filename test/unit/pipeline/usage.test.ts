import { describe, expect, test } from "vitest";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import { type Instant, parseDuration } from "../../../shared/domain/time.ts";
import type { Usage } from "../../../shared/domain/usage.ts";
import type { WatchedRegistry } from "../../../shared/pipeline/deps.ts";
import { askUsage } from "../../../shared/pipeline/usage.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { Registry } from "../../../shared/ports/registry.ts";
import type { CountedUse, RegistryUsage } from "../../../shared/ports/registry-usage.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead } from "../../contract/store.ts";
import { at, digestOf, keyOf, NOW, recordOf } from "../../fixtures/records.ts";

const HOUR = 3_600_000;
const places = [{ name: "east", maxAge: parseDuration("1h") }];
const index = recordOf(keyOf("index"), { kind: "index", children: [digestOf("arm"), digestOf("intel")] });
const child = recordOf(keyOf("arm"));
const other = recordOf(keyOf("other"));

async function withRunning(digests: readonly string[], ask: (of: ImageRecord) => Promise<Usage>, store: Store): Promise<void> {
  const workloads = [{ name: "shop/Deployment/api" }] as const;
  for (const image of [index, child, other]) await store.ledger.commit({ image, intents: [], outcomes: [], journal: [] });
  await store.usage.put({
    place: "east",
    seenAt: NOW,
    images: digests.map((digest) => ({ digest: digestOf(digest), workloads })),
    unmatched: [],
  });
  expect((await ask(other)).kind).toBe("not-running");
}

describe("whether an image is in use is asked by digest, wherever it was pulled from", () => {
  const asked = async (running: readonly string[], of: ImageRecord): Promise<Usage["kind"]> => {
    const store = openSqliteStore({ file: ":memory:", signHead });
    const ask = (record: ImageRecord): Promise<Usage> => askUsage({ ...store, places, pulledWithin: parseDuration("1h") }, record, NOW);
    await withRunning(running, ask, store);
    const usage = await ask(of);
    await store.close();
    return usage.kind;
  };

  test("an image is in use that runs", async () => expect(await asked(["arm"], child)).toBe("running"));
  test("an index is in use of which a platform runs", async () => expect(await asked(["intel"], index)).toBe("running"));
  test("a platform is in use whose index runs", async () => expect(await asked(["index"], child)).toBe("running"));
  test("a platform is not in use because another one of its index runs", async () =>
    expect(await asked(["intel"], child)).toBe("not-running"));
});

test("who pulled an image within the time may run it, and who pulled it before does not", async () => {
  const store = openSqliteStore({ file: ":memory:", signHead });
  const ask = (now = NOW): Promise<Usage> => askUsage({ ...store, places, pulledWithin: parseDuration("1h") }, child, now);
  await store.usage.put({ place: "east", seenAt: at(HOUR), images: [], unmatched: [] });
  const mirrored = keyOf("arm", "cache/shop/api", "mirror.example");
  await store.usage.pulled(mirrored, NOW);
  expect(await ask(at(HOUR))).toEqual({ kind: "pulled", last: { image: mirrored, at: NOW } });
  expect(await ask(at(HOUR + 1))).toEqual({ kind: "not-running", seenAt: at(HOUR) });
  await store.close();
});

test("a registry that knows when an image was pulled last is asked before it counts as running nowhere, and its silence is no proof", async () => {
  const store = openSqliteStore({ file: ":memory:", signHead });
  const { registry: host } = child.key;
  const ask = (lastPulledAt: () => Promise<Instant | "never">, lastPulled = true): Promise<Usage> => {
    const registry = { capabilities: { lastPulled }, lastPulledAt } as unknown as Registry;
    const registries = new Map([[host, { registry } as unknown as WatchedRegistry]]);
    return askUsage({ ...store, places, pulledWithin: parseDuration("1h"), registries }, child, at(HOUR));
  };
  const failing = (error: Error) => () => Promise.reject(error);
  expect((await ask(async () => at(HOUR))).kind).toBe("unknown");
  await store.usage.put({ place: "east", seenAt: at(HOUR), images: [], unmatched: [] });
  expect(await ask(async () => NOW)).toEqual({ kind: "pulled", last: { image: child.key, at: NOW } });
  for (const told of [at(-1), "never"] as const) expect((await ask(async () => told)).kind).toBe("not-running");
  expect((await ask(async () => NOW, false)).kind).toBe("not-running");
  expect((await ask(failing(new AdapterError("timeout", "no answer")))).kind).toBe("unknown");
  await expect(ask(failing(new TypeError("a defect")))).rejects.toThrow(TypeError);
  await store.close();
});

describe("a product that counts what runs its registry's images", () => {
  const RUNS: CountedUse = { kind: "running", workloads: [{ name: "shop/service:api" }] };
  const [arm, attestation] = [digestOf("arm"), digestOf("attestation")];
  const reference = { "vnd.docker.reference.type": "attestation-manifest" };
  const manifests = [
    { digest: arm },
    { digest: digestOf("intel") },
    { digest: attestation, annotations: reference, platform: { os: "unknown", architecture: "unknown" } },
  ];

  async function counting(
    of: (digest: string) => CountedUse,
    { image = child, expected = [] as typeof places, isThere = true, told = true, pulledAt = at(-2 * HOUR) } = {},
  ): Promise<Usage> {
    const store = openSqliteStore({ file: ":memory:", signHead });
    const manifest = async (_: string, digest: string): Promise<object | undefined> => {
      if (digest === index.key.digest) return isThere ? { kind: "index", manifests } : undefined;
      return { kind: "manifest", config: { mediaType: "application/vnd.oci.image.config.v1+json" }, layers: [] };
    };
    const usage: RegistryUsage = { name: "inspector", of: async ({ digest }) => of(digest) };
    const registry = { manifest, capabilities: { lastPulled: true }, lastPulledAt: async () => pulledAt } as unknown as Registry;
    const registries = new Map([[image.key.registry, { registry, usage } as unknown as WatchedRegistry]]);
    if (told) await store.usage.put({ place: "east", seenAt: NOW, images: [], unmatched: [] });
    const answer = await askUsage({ ...store, places: expected, pulledWithin: parseDuration("1h"), registries }, image, NOW);
    await store.close();
    return answer;
  }

  test("is enough where no place is to report, and stands among the places otherwise", async () => {
    expect(await counting(() => ({ kind: "none" }))).toEqual({ kind: "not-running", seenAt: NOW });
    expect(await counting(() => ({ kind: "none" }), { expected: places, told: false })).toMatchObject({ kind: "unknown" });
    expect(await counting(() => ({ kind: "none" }), { expected: places })).toMatchObject({ kind: "not-running" });
    const use = { place: "inspector", seenAt: NOW, workloads: [{ name: "shop/service:api" }], unmatched: [] };
    for (const expected of [[], places]) expect(await counting(() => RUNS, { expected })).toEqual({ kind: "running", where: [use] });
  });

  test("says that an image runs also where a place is silent, or it was pulled lately", async () => {
    expect(await counting(() => RUNS, { expected: places, told: false })).toMatchObject({ kind: "running" });
    expect(await counting(() => RUNS, { pulledAt: NOW })).toMatchObject({ kind: "running" });
    expect(await counting(() => ({ kind: "none" }), { pulledAt: NOW })).toMatchObject({ kind: "pulled" });
    expect(await counting(() => ({ kind: "unknown", why: "not covered" }), { pulledAt: NOW })).toMatchObject({ kind: "pulled" });
  });

  test("leaves it open where it does not count the image, or does not answer", async () => {
    expect(await counting(() => ({ kind: "unknown", why: "not covered" }))).toEqual({ kind: "unknown", why: "not covered" });
    const failing = (): CountedUse => {
      throw new AdapterError("forbidden", "may not");
    };
    expect(await counting(failing, { expected: places })).toMatchObject({ kind: "unknown" });
  });

  test("is asked of an index by its platforms, whose attestations nobody runs", async () => {
    const asked: string[] = [];
    const note = (digest: string): CountedUse => {
      asked.push(digest);
      return { kind: "none" };
    };
    expect((await counting(note, { image: index })).kind).toBe("not-running");
    expect(asked.toSorted()).toEqual([arm, digestOf("intel")].toSorted());
    expect((await counting((digest) => (digest === arm ? RUNS : { kind: "none" }), { image: index })).kind).toBe("running");
    const partly = (digest: string): CountedUse => (digest === arm ? { kind: "unknown", why: "not covered" } : { kind: "none" });
    expect((await counting(partly, { image: index })).kind).toBe("unknown");
    expect((await counting(() => ({ kind: "none" }), { image: index, isThere: false })).kind).toBe("unknown");
  });
});

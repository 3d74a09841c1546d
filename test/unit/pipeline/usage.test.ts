import { describe, expect, test } from "vitest";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import { type Instant, parseDuration } from "../../../shared/domain/time.ts";
import type { Usage } from "../../../shared/domain/usage.ts";
import type { WatchedRegistry } from "../../../shared/pipeline/deps.ts";
import { askUsage } from "../../../shared/pipeline/usage.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { Registry } from "../../../shared/ports/registry.ts";
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

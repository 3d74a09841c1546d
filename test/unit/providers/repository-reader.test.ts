import { afterEach, expect, test } from "vitest";
import { parseRepository } from "../../../shared/domain/image-ref.ts";
import { openRepositoryReader, type RepositoryReader } from "../../../shared/providers/oci/repository-reader.ts";
import { openTestClient } from "../../fakes/oci-client.ts";
import { pushImage, pushManifest } from "../../fakes/pusher.ts";
import { type ServedRegistry, serveRegistry } from "../../fakes/served-registry.ts";

const REPOSITORY = "shop/api";
const PLACE = parseRepository(REPOSITORY);
const isList = (call: string): boolean => call.startsWith("GET") && call.includes("/tags/list");
const isRead = (call: string): boolean => call.startsWith("GET") && call.includes("/manifests/");

let served: ServedRegistry;
let calls: string[];
let held: Promise<unknown> | undefined;

async function open(most?: number): Promise<RepositoryReader> {
  calls = [];
  held = undefined;
  served = await serveRegistry({
    async around(request, registry) {
      calls.push(`${request.method} ${request.url}`);
      if (request.method === "HEAD") await held;
      return registry(request);
    },
  });
  return openRepositoryReader(openTestClient(served.host), undefined, most);
}

afterEach(() => served.close());

/** Begins a reading that has its list of tags and waits for their digests. */
async function underWay(reader: RepositoryReader, signal?: AbortSignal): Promise<{ reading: Promise<unknown>; goOn(): void }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  held = promise;
  const listed = calls.filter(isList).length;
  const reading = reader.tagHeads(PLACE, signal);
  await expect.poll(() => calls.filter(isList).length).toBe(listed + 1);
  await expect.poll(() => calls.at(-1)?.startsWith("HEAD")).toBe(true);
  return { reading, goOn: resolve };
}

test("all who ask while tags are read share the next reading, which sees what has come since", async () => {
  const reader = await open();
  await pushImage(served, REPOSITORY, "a", "1.0");
  calls = [];
  const first = await underWay(reader);
  await pushImage(served, REPOSITORY, "b", "2.0");
  const others = [1, 2, 3, 4, 5].map(() => reader.tagHeads(PLACE));
  first.goOn();
  expect(await first.reading).toHaveProperty("size", 1);
  for (const heads of await Promise.all(others)) expect([...heads.keys()]).toEqual(["1.0", "2.0"]);
  expect(calls.filter(isList).length).toBe(2);
  await reader.tagHeads(PLACE);
  expect(calls.filter(isList).length).toBe(3);
});

test("a reading that is broken off is so for nobody but whoever began it", async () => {
  const reader = await open();
  await pushImage(served, REPOSITORY, "a", "1.0");
  calls = [];
  const first = await underWay(reader);
  const stop = new AbortController();
  const second = reader.tagHeads(PLACE, stop.signal);
  const third = reader.tagHeads(PLACE);
  stop.abort();
  first.goOn();
  await expect(second).rejects.toMatchObject({ code: "timeout" });
  expect([...(await third).keys()]).toEqual(["1.0"]);
});

test("what a digest names is read once, also when it is gone by then", async () => {
  const reader = await open();
  const { digest } = await pushImage(served, REPOSITORY, "a", "1.0");
  const found = await reader.manifest(PLACE, digest);
  await served.send("DELETE", `/v2/${REPOSITORY}/manifests/${digest}`);
  expect(await reader.manifest(PLACE, digest)).toEqual(found);
  expect(calls.filter(isRead).length).toBe(1);
  const { digest: later } = await pushImage(served, REPOSITORY, "b");
  await served.send("DELETE", `/v2/${REPOSITORY}/manifests/${later}`);
  expect(await reader.manifest(PLACE, later)).toBeUndefined();
});

test("of large manifests the oldest are forgotten", async () => {
  const reader = await open(17_000);
  const padding = "x".repeat(4_000);
  const digests = [];
  for (const number of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const { digest } = await pushManifest(served, REPOSITORY, {
      schemaVersion: 2,
      manifests: [],
      annotations: { number: `${number}`, padding },
    });
    await reader.manifest(PLACE, digest);
    digests.push(digest);
  }
  const [fifthLast, , , , last] = digests.slice(-5);
  if (fifthLast === undefined || last === undefined) throw new Error("nothing was pushed");
  calls = [];
  await reader.manifest(PLACE, last);
  expect(calls.filter(isRead).length).toBe(0);
  await reader.manifest(PLACE, fifthLast);
  expect(calls.filter(isRead).length).toBe(1);
});

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../fakes/pusher.ts";
import { type ServedRegistry, serveRegistry } from "../../fakes/served-registry.ts";

let registry: ServedRegistry;
beforeAll(async () => {
  registry = await serveRegistry();
});
afterAll(() => registry.close());

const begin = async (query = "") => (await registry.send("POST", `/v2/up/blobs/uploads/${query}`)).headers.get("location") ?? "";
const chunk = (location: string, range: string, body: string) =>
  registry.send("PATCH", location, { body, headers: { "content-range": range } });
const close = (location: string, content: string, body?: string, algorithm: "sha256" | "sha512" = "sha256") =>
  registry.send("PUT", `${location}?digest=${digestOf(content, algorithm)}`, body === undefined ? {} : { body });
const pull = async (content: string) => (await registry.send("GET", `/v2/up/blobs/${digestOf(content)}`)).text();

test("chunks in order make the blob", async () => {
  const location = await begin();
  const first = await chunk(location, "0-2", "abc");
  expect([first.status, first.headers.get("range"), first.headers.get("location")]).toEqual([202, "0-2", location]);
  expect((await chunk(location, "3-5", "def")).headers.get("range")).toBe("0-5");
  expect((await close(location, "abcdef")).status).toBe(201);
  expect(await pull("abcdef")).toBe("abcdef");
});

test("a chunk out of order is refused and the upload goes on where it was", async () => {
  const location = await begin();
  await chunk(location, "0-2", "ooo");
  const early = await chunk(location, "6-8", "xxx");
  expect([early.status, early.headers.get("range")]).toEqual([416, "0-2"]);
  expect((await chunk(location, "0-2", "ooo")).status).toBe(416);
  const progress = await registry.send("GET", location);
  expect([progress.status, progress.headers.get("range"), progress.headers.get("location")]).toEqual([204, "0-2", location]);
  const last = await registry.send("PUT", `${location}?digest=${digestOf("oooppp")}`, {
    body: "ppp",
    headers: { "content-range": "9-11" },
  });
  expect(last.status).toBe(416);
  await chunk(location, "3-5", "ppp");
  expect((await close(location, "oooppp")).status).toBe(201);
});

test("the last chunk may come with the closing request", async () => {
  const location = await begin();
  await chunk(location, "0-2", "ghi");
  expect((await close(location, "ghijkl", "jkl")).status).toBe(201);
  expect(await pull("ghijkl")).toBe("ghijkl");
});

test("a chunk of another length than it says is refused before it is written", async () => {
  const location = await begin();
  expect((await chunk(location, "0-9", "abc")).status).toBe(400);
  expect((await chunk(location, "2-1", "abc")).status).toBe(416);
  expect((await registry.send("GET", location)).headers.get("range")).toBe("0-0");
});

test("a stream without ranges is appended, as docker sends it", async () => {
  const location = await begin();
  expect((await registry.send("PATCH", location, { body: "stream" })).status).toBe(202);
  expect((await close(location, "stream")).status).toBe(201);
});

test("sha512 works whether or not the upload began with it", async () => {
  for (const [query, content] of [
    ["?digest-algorithm=sha512", "announced"],
    ["", "not announced"],
  ] as const) {
    const location = await begin(query);
    await registry.send("PATCH", location, { body: content });
    const closed = await close(location, content, undefined, "sha512");
    expect([closed.status, closed.headers.get("docker-content-digest")]).toEqual([201, digestOf(content, "sha512")]);
  }
});

test("bytes of another digest end the upload and leave nothing", async () => {
  const location = await begin();
  await registry.send("PATCH", location, { body: "one thing" });
  expect((await close(location, "another thing")).status).toBe(400);
  expect((await registry.send("GET", location)).status).toBe(404);
  expect((await registry.send("HEAD", `/v2/up/blobs/${digestOf("one thing")}`)).status).toBe(404);
});

test("an upload can be given up", async () => {
  const location = await begin();
  expect((await registry.send("DELETE", location)).status).toBe(204);
  expect((await registry.send("GET", location)).status).toBe(404);
});

test("an upload belongs to the repository it began in", async () => {
  const location = await begin();
  expect((await registry.send("PATCH", location.replace("/v2/up/", "/v2/other/"), { body: "x" })).status).toBe(404);
});

test("an upload that the registry's end cut off is cleared away when it opens again", async () => {
  await registry.send("PATCH", await begin(), { body: "half" });
  expect(await readdir(join(registry.dir, "uploads"))).not.toEqual([]);
  await registry.reopen();
  expect(await readdir(join(registry.dir, "uploads"))).toEqual([]);
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { pushImage, pushIndex } from "../../fakes/pusher.ts";
import { type ServedRegistry, serveRegistry } from "../../fakes/served-registry.ts";

let registry: ServedRegistry;
beforeEach(async () => {
  registry = await serveRegistry();
});
afterEach(() => registry.close());
const told = () => registry.envelopes.flatMap((envelope) => envelope.events);

test("a push by tag is one event with all that distribution tells", async () => {
  const { digest, size } = await pushImage(registry, "shop/api", "x", "1.0");
  const [event, ...more] = told();
  expect(more).toEqual([]);
  expect(event).toMatchObject({
    action: "push",
    target: {
      mediaType: OCI_MANIFEST,
      digest,
      size,
      length: size,
      repository: "shop/api",
      tag: "1.0",
      url: `http://${registry.host}/v2/shop/api/manifests/${digest}`,
    },
    request: { addr: "127.0.0.1:1", host: registry.host, method: "PUT" },
    actor: {},
    source: { addr: registry.host },
  });
  expect(event?.id).toMatch(/^[0-9a-f-]{36}$/);
});

test("a pull of a manifest is told with the program that asked, a look at it is not", async () => {
  const { digest } = await pushImage(registry, "shop/api", "x", "1.0");
  await registry.send("HEAD", "/v2/shop/api/manifests/1.0");
  await registry.send("GET", "/v2/shop/api/manifests/1.0", { headers: { "user-agent": "containerd/2.1" } });
  await registry.send("GET", `/v2/shop/api/manifests/${digest}`, { headers: { "if-none-match": `"${digest}"` } });
  expect(told().slice(1)).toMatchObject([
    {
      action: "pull",
      target: { mediaType: OCI_MANIFEST, digest, repository: "shop/api", tag: "1.0" },
      request: { method: "GET", useragent: "containerd/2.1" },
    },
  ]);
});

test("blobs, mounts and refused pushes tell nothing", async () => {
  const { digest } = await pushImage(registry, "shop/api", "x", "1.0");
  await registry.send("POST", `/v2/shop/web/blobs/uploads/?mount=${digest}&from=shop/api`);
  await registry.send("PUT", "/v2/shop/api/manifests/2.0", { body: "{" });
  await registry.send("DELETE", "/v2/shop/api/manifests/none");
  expect(told()).toHaveLength(1);
});

test("a push by digest has no tag, and one with tags tells each", async () => {
  const child = await pushImage(registry, "shop/api", "x");
  const list = await pushIndex(registry, "shop/api", [child]);
  await registry.send("PUT", `/v2/shop/api/manifests/${list.digest}?tag=a&tag=b`, {
    body: list.bytes,
    headers: { "content-type": list.mediaType },
  });
  expect(told().map((event) => [event.target.digest, event.target.tag])).toEqual([
    [child.digest, undefined],
    [list.digest, undefined],
    [list.digest, "a"],
    [list.digest, "b"],
  ]);
});

test("a deleted digest is told by digest, a deleted tag by tag alone", async () => {
  const { digest } = await pushImage(registry, "shop/api", "x", "1.0");
  await registry.send("DELETE", "/v2/shop/api/manifests/1.0");
  await registry.send("DELETE", `/v2/shop/api/manifests/${digest}`);
  expect(
    told()
      .slice(1)
      .map((event) => [event.action, event.target]),
  ).toEqual([
    ["delete", { repository: "shop/api", tag: "1.0" }],
    ["delete", { repository: "shop/api", digest }],
  ]);
});

test("the hearer knows of a push before the client does, and its fault fails no push", async () => {
  const order: string[] = [];
  const deaf = await serveRegistry({
    notify: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push("told");
      throw new Error("hearer is down");
    },
  });
  await pushImage(deaf, "shop/api", "x", "1.0").then(() => order.push("answered"));
  await deaf.close();
  expect(order).toEqual(["told", "answered"]);
});

test("a restart is seen by another instance id", async () => {
  await pushImage(registry, "shop/api", "x", "1.0");
  await registry.reopen();
  await pushImage(registry, "shop/api", "y", "1.0");
  const [before, after] = told().map((event) => event.source.instanceID);
  expect(before).not.toBe(after);
});

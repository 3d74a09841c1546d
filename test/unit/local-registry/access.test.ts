import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Access } from "../../../functions/local/registry/context.ts";
import { digestOf, pushBlob, pushImage } from "../../fakes/pusher.ts";
import { readAnswer, type ServedRegistry, serveRegistry } from "../../fakes/served-registry.ts";

const GATE = { authorization: `Basic ${Buffer.from("gate:s:ecret").toString("base64")}` };
const STRANGER = { authorization: `Basic ${Buffer.from("me:guess").toString("base64")}` };

const access: Access = ({ repository, credentials }) => {
  const isGate = credentials?.username === "gate" && credentials.password === "s:ecret";
  if (isGate) return { actor: "gate" };
  if (!repository?.startsWith("quarantine/")) return "allow";
  return credentials === undefined ? "challenge" : "deny";
};

describe("what only the gate may reach", () => {
  let registry: ServedRegistry;
  const secret = digestOf("secret layer");
  beforeAll(async () => {
    registry = await serveRegistry({ access });
    await pushBlob(registry, "open/api", "open layer");
    await registry.send("POST", `/v2/quarantine/api/blobs/uploads/?digest=${secret}`, { body: "secret layer", headers: GATE });
  });
  afterAll(() => registry.close());
  const status = async (method: string, path: string, headers = {}) => (await registry.send(method, path, { headers })).status;

  test("asks strangers for credentials and refuses theirs", async () => {
    const asked = await registry.send("GET", `/v2/quarantine/api/blobs/${secret}`);
    expect([asked.status, asked.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="moorgate"']);
    expect((await readAnswer(asked)).errors[0]?.code).toBe("UNAUTHORIZED");
    expect(await status("GET", `/v2/quarantine/api/blobs/${secret}`, STRANGER)).toBe(403);
    expect(await status("GET", `/v2/quarantine/api/blobs/${secret}`, GATE)).toBe(200);
  });

  test("is not mounted out by strangers", async () => {
    const mount = `/v2/open/api/blobs/uploads/?mount=${secret}&from=quarantine/api`;
    expect(await status("POST", mount)).toBe(202);
    expect(await status("HEAD", `/v2/open/api/blobs/${secret}`)).toBe(404);
    expect(await status("POST", mount, GATE)).toBe(201);
  });

  test("is not in the strangers' catalogue", async () => {
    await pushImage(registry, "open/api", "x", "1");
    const image = await readAnswer(await registry.send("GET", "/v2/open/api/manifests/1"));
    for (const { digest } of [image.config, ...image.layers])
      await registry.send("POST", `/v2/quarantine/api/blobs/uploads/?mount=${digest}&from=open/api`, { headers: GATE });
    const put = await registry.send("PUT", "/v2/quarantine/api/manifests/1", {
      headers: { ...GATE, "content-type": image.mediaType },
      body: JSON.stringify(image),
    });
    expect(put.status).toBe(201);
    expect((await readAnswer(await registry.send("GET", "/v2/_catalog"))).repositories).toEqual(["open/api"]);
    expect((await readAnswer(await registry.send("GET", "/v2/_catalog", { headers: GATE }))).repositories).toEqual([
      "open/api",
      "quarantine/api",
    ]);
  });

  test("gets a name into an event only where it was proven", async () => {
    const names = registry.envelopes
      .flatMap((envelope) => envelope.events.filter(({ action }) => action === "push"))
      .map((event) => [event.target.repository, event.actor.name]);
    expect(names).toEqual([
      ["open/api", undefined],
      ["quarantine/api", "gate"],
    ]);
  });
});

test("a page whose name was pointed at this machine is not answered", async () => {
  const registry = await serveRegistry();
  const [hostname, port] = registry.host.split(":");
  const statusFor = (host: string) =>
    new Promise((resolve, reject) =>
      request({ hostname, port, path: "/v2/", headers: { host } }, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end(),
    );
  expect(await statusFor("registry.attacker.example")).toBe(421);
  expect(await statusFor("127.0.0.1.attacker.example")).toBe(421);
  expect(await statusFor("localhost:1")).toBe(200);
  expect(await statusFor("[::1]:5000")).toBe(200);
  await registry.close();
});

import { PutAccountSettingCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRepository } from "../../../shared/domain/image-ref.ts";
import { describeBytes, pushImage, pushIndex } from "../../fakes/pusher.ts";
import { APP, openWithImage, type WorldWithImage } from "./aws-world.ts";

const HOUR_MS = 3_600_000;

let world: WorldWithImage;
beforeEach(async () => {
  world = await openWithImage();
});
afterEach(() => world.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://${world.home.host}${path}`, { headers, redirect: "manual" });

describe("whoever comes to the endpoint", () => {
  test("is asked for a token, in the vendor's words", async () => {
    const answer = await get("/v2/");
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
      401,
      'Basic realm="https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/",service="ecr.amazonaws.com"',
    ]);
    expect((await get("/v2/", { authorization: "Basic QVdTOmd1ZXNzZWQ=" })).status).toBe(401);
  });

  test("is sent away with a token whose twelve hours are over", async () => {
    const client = world.oci();
    await client.manifest(APP, world.image.digest);
    await world.aws.forward(12 * HOUR_MS);
    await expect(client.manifest(APP, world.image.digest)).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("layers", () => {
  test("are had from another place, which is shown no credential", async () => {
    const content = describeBytes("layer of one", "application/octet-stream");
    const bytes = await world.oci().blob(APP, content, 100);
    expect(Buffer.from(bytes).toString()).toBe("layer of one");
    const answer = await world.served.send("GET", `/v2/${APP}/blobs/${content.digest}`);
    expect(new URL(answer.url).host).not.toBe(world.home.host);
  });

  test("sent for with a credential are refused and the suite would fail", async () => {
    const { digest } = describeBytes("layer of one", "application/octet-stream");
    const [path, token] = [`/v2/${APP}/blobs/${digest}`, await tokenOf()];
    const location = (await get(path, { authorization: token })).headers.get("location") ?? "";
    expect((await fetch(location, { headers: { authorization: token } })).status).toBe(400);
    expect(world.aws.contract.takeRefusals()).toHaveLength(1);
  });

  test("are mounted only where the account allows it", async () => {
    const [other, content] = [parseRepository("team/other"), describeBytes("layer of one", "application/octet-stream")];
    world.home.create(other);
    expect(await world.oci().mountBlob(APP, other, content.digest)).toBe(false);
    await world.ecr.send(new PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: "ENABLED" }));
    expect(await world.oci().mountBlob(APP, other, content.digest)).toBe(true);
    expect(await world.oci().hasBlob(other, content.digest)).toBe(true);
  });
});

async function tokenOf(): Promise<string> {
  const { GetAuthorizationTokenCommand } = await import("@aws-sdk/client-ecr");
  const { authorizationData } = await world.ecr.send(new GetAuthorizationTokenCommand({}));
  return `Basic ${authorizationData?.[0]?.authorizationToken ?? ""}`;
}

describe("manifests", () => {
  test("of a repository that nobody made are refused", async () => {
    const absent = parseRepository("team/absent");
    const push = world.oci().putManifest(absent, Buffer.from(world.image.bytes), world.image.mediaType, world.image.digest);
    await expect(push).rejects.toMatchObject({ code: "not-found" });
  });

  test("are deleted by digest, the index before its child, and never by tag", async () => {
    const index = await pushIndex(world.served, APP, [world.image], "multi");
    const remove = async (reference: string) => (await world.served.send("DELETE", `/v2/${APP}/manifests/${reference}`)).status;
    expect([await remove("1.0"), await remove(world.image.digest)]).toEqual([405, 405]);
    expect([await remove(index.digest), await remove(world.image.digest), await remove(world.image.digest)]).toEqual([202, 202, 404]);
  });

  test("pushed under an immutable tag are refused", async () => {
    const repository = world.home.state.repositories.get(APP);
    if (repository !== undefined) repository.settings = { ...repository.settings, imageTagMutability: "IMMUTABLE" };
    await expect(pushImage(world.served, APP, "two", "1.0")).rejects.toThrow("TAG_INVALID");
    // The same again is no change.
    await pushImage(world.served, APP, "one", "1.0");
  });
});

test("tags and repositories are listed in pages", async () => {
  for (const tag of ["a", "b", "c"]) await pushImage(world.served, APP, tag, tag);
  const answer = await world.served.send("GET", `/v2/${APP}/tags/list?n=3`);
  expect(await answer.json()).toEqual({ name: APP, tags: ["1.0", "a", "b"] });
  expect(await Array.fromAsync(world.oci().tags(APP))).toEqual(["1.0", "a", "b", "c"]);
  expect(await Array.fromAsync(world.oci().repositories())).toEqual([APP]);
});

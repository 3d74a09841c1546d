import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTag } from "../../../../shared/domain/image-ref.ts";
import type { FaultCall } from "../../../fakes/aws/faults.ts";
import { type Pushed, pushImage } from "../../../fakes/pusher.ts";
import { inventoryOf } from "../../../fixtures/inventory.ts";
import { APP, type EcrWorld, HOUR, openEcrWorld } from "./ecr-world.ts";

const ROLE = "arn:aws:iam::123456789012:role/moorgate";
const TOKEN = "GetAuthorizationToken";
const TAG = parseTag("1.0");

let world: EcrWorld;
let image: Pushed;
beforeEach(async () => {
  world = await openEcrWorld({ roles: [{ arn: ROLE, externalId: "team-7" }] });
  image = await pushImage(world.served, APP, "x", "1.0");
  world.calls();
});
afterEach(() => world.close());

const resolve = (registry = world.registry) => registry.resolve(APP, TAG);
const pull = ({ service, operation }: FaultCall): boolean => service === "oci" && operation === "HEAD manifest";

describe("the token of a registry", () => {
  test("is asked for with the first call, once for calls at the same time, and kept until an hour before its end", async () => {
    expect(world.calls(TOKEN)).toBe(0);
    await Promise.all([resolve(), resolve(), resolve()]);
    await world.forward(10.9 * HOUR);
    expect(await resolve()).toBe(image.digest);
    expect(world.calls(TOKEN)).toBe(1);
    await world.forward(0.2 * HOUR);
    expect(await resolve()).toBe(image.digest);
    expect(world.calls(TOKEN)).toBe(1);
  });

  test("whose time is over is replaced once for calls at the same time", async () => {
    await resolve();
    await world.forward(11.5 * HOUR);
    expect(await Promise.all([resolve(), resolve(), resolve()])).toEqual([image.digest, image.digest, image.digest]);
    expect(world.calls(TOKEN)).toBe(2);
  });

  test("that the registry does not take any more is replaced by another, and the call made again", async () => {
    await resolve();
    // The service's clock is ahead: for it the token is over.
    await world.aws.forward(13 * HOUR);
    expect(await resolve()).toBe(image.digest);
    expect((await Array.fromAsync(world.registry.tags(APP))).length).toBe(1);
    expect(world.calls(TOKEN)).toBe(2);
  });

  test("is not asked for again and again by a role that may not", async () => {
    const headers = { "content-type": "application/json" };
    const denied = await openEcrWorld({
      around: async (request, registry) => (request.method === "HEAD" ? new Response(null, { status: 403, headers }) : registry(request)),
    });
    for (let tries = 0; tries < 5; tries += 1) await expect(denied.registry.resolve(APP, TAG)).rejects.toMatchObject({ code: "forbidden" });
    expect(denied.calls(TOKEN)).toBe(2);
    await denied.close();
  });

  test("that could not be had is asked for anew by the next call", async () => {
    world.aws.decide = ({ operation }) => (operation === TOKEN ? "fail" : "pass");
    await expect(resolve()).rejects.toMatchObject({ code: "unreachable", retryable: true });
    world.aws.decide = () => "pass";
    expect(await resolve()).toBe(image.digest);
  });
});

describe("a role", () => {
  test("is taken with its external id, once", async () => {
    const registry = world.open({ role: ROLE, externalId: "team-7" });
    expect(await resolve(registry)).toBe(image.digest);
    await Array.fromAsync(inventoryOf(registry));
    expect(world.calls("AssumeRole")).toBe(1);
  });

  test("that is not given is no reason to ask as somebody else", async () => {
    const registry = world.open({ role: ROLE, externalId: "another" });
    await expect(resolve(registry)).rejects.toMatchObject({ code: "forbidden" });
    expect(world.aws.calls.filter(pull)).toEqual([]);
  });
});

describe("a call of the service", () => {
  test("that is throttled is made again, and not for ever", async () => {
    let left = 2;
    world.aws.decide = ({ operation }) => (operation === "DescribeRepositories" && left-- > 0 ? "throttle" : "pass");
    expect(await Array.fromAsync(inventoryOf(world.registry))).toHaveLength(1);
    world.aws.decide = ({ operation }) => (operation === "DescribeRepositories" ? "throttle" : "pass");
    await expect(Array.fromAsync(inventoryOf(world.registry))).rejects.toMatchObject({ code: "rate-limited", retryable: true });
  });
});

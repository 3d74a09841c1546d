import { afterEach, expect, test } from "vitest";
import { parseRegistryHost, parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import type { Probe } from "../../../shared/domain/probe.ts";
import { probe } from "../../../shared/providers/oci/probe.ts";
import { openPullers } from "../../../shared/providers/oci/pullers.ts";
import { openTestClient } from "../../fakes/oci-client.ts";
import { type Pushed, pushImage } from "../../fakes/pusher.ts";
import { type Around, type ServedRegistry } from "../../fakes/served-registry.ts";
import { openServers } from "../../fakes/servers.ts";

const REPOSITORY = parseRepository("shop/api");
const servers = openServers();
afterEach(() => servers.close());

const whole: Around = (request, registry) => registry(request);
const refusing =
  (status: number, isRefused: (path: string) => boolean = (path) => path.includes("/manifests/")): Around =>
  async (request, registry) =>
    isRefused(new URL(request.url).pathname) && request.method !== "PUT"
      ? Response.json({ errors: [{ code: "DENIED" }] }, { status })
      : registry(request);

/** What an anonymous puller is told of an image with tag 1.0, way by way. */
async function ask(
  home: ServedRegistry,
  image: Pushed,
  replica?: string,
  isGate = false,
): Promise<Readonly<Record<string, Probe["answer"]>>> {
  const host = parseRegistryHost(home.host);
  const anonymous = async () => undefined;
  const settings = { host, provider: "oci", plainHttp: true, credentials: anonymous, quarantine: "quarantine" };
  const replicas = replica === undefined ? [] : [{ host: parseRegistryHost(replica), credentials: anonymous }];
  const pullers = openPullers({ ...settings, replicas, ...(isGate ? {} : { puller: anonymous }) }, openTestClient(home.host));
  const asked = { repository: REPOSITORY, digest: image.digest, tags: [parseTag("1.0")], children: [] };
  const { probes } = await probe(pullers, asked);
  return Object.fromEntries(probes.map(({ way, isReplica, answer }) => [isReplica === true ? `${way} at replica` : way, answer]));
}

async function withImage(around: Around): Promise<{ readonly home: ServedRegistry; readonly image: Pushed }> {
  const home = await servers.registry(around);
  return { home, image: await pushImage(home, REPOSITORY, "x", "1.0") };
}

test("what a puller can have is served", async () => {
  const { home, image } = await withImage(whole);
  expect(await ask(home, image)).toEqual({ tag: "served", digest: "served" });
});

test("a refusal counts for whoever may read the repository, whatever its status", async () => {
  for (const status of [403, 404, 412]) {
    const { home, image } = await withImage(refusing(status));
    expect(await ask(home, image)).toEqual({ tag: "refused", digest: "refused" });
  }
});

test("a refusal to somebody who may not read the repository at all says nothing of the hold", async () => {
  for (const status of [403, 404]) {
    const { home, image } = await withImage(async (request, registry) => {
      const isList = new URL(request.url).pathname.endsWith("/tags/list");
      return isList ? Response.json({ errors: [{ code: "DENIED" }] }, { status: 403 }) : refusing(status)(request, registry);
    });
    expect(await ask(home, image)).toEqual({ tag: "unknown", digest: "unknown" });
    expect(await ask(home, image, undefined, true)).toEqual({ tag: "refused", digest: "refused" });
  }
});

test("credentials that are not taken, and a registry in trouble, are unknown", async () => {
  for (const status of [401, 500, 429]) {
    const { home, image } = await withImage(refusing(status));
    expect(await ask(home, image)).toEqual({ tag: "unknown", digest: "unknown" });
  }
}, 20_000);

test("a tag that pulls something else does not pull the image", async () => {
  const { home, image } = await withImage(whole);
  await pushImage(home, REPOSITORY, "another", "1.0");
  expect(await ask(home, image)).toEqual({ tag: "refused", digest: "served" });
});

test("a replica is asked for itself", async () => {
  const { home, image } = await withImage(refusing(404));
  const replica = await withImage(whole);
  const shut = { tag: "refused", digest: "refused" };
  expect(await ask(home, image, replica.home.host)).toEqual({ ...shut, "tag at replica": "served", "digest at replica": "served" });
  await replica.home.close();
  expect(await ask(home, image, replica.home.host)).toEqual({ ...shut, "tag at replica": "unknown", "digest at replica": "unknown" });
});

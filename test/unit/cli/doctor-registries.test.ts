import { afterEach, expect, test } from "vitest";
import { lookAtRegistries, lookAtWatched } from "../../../functions/cli/doctor-registries.ts";
import { parseRegistryHost } from "../../../shared/domain/image-ref.ts";
import { answer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";

const servers = openServers();
afterEach(() => servers.close());

test("the host of a registry is asked, but for one with an endpoint of its own: that need not know it", async () => {
  const heard: string[] = [];
  const { host } = await servers.raw(({ path }, response) => {
    heard.push(path);
    answer(response, 401, {}, "");
  });
  const registry = { host: parseRegistryHost(host), plainHttp: true, credentials: async () => undefined, provider: "ecr" };
  expect(await lookAtRegistries([{ ...registry, aws: { endpoint: "http://127.0.0.1:9" } }])).toEqual([]);
  expect(heard).toEqual([]);
  expect(await lookAtRegistries([{ ...registry, aws: {} }])).toMatchObject([{ what: host, state: "well" }]);
  expect(heard).toEqual(["/v2/"]);
});

test("what the gate watches is asked by the settings that name it; else only on this machine, for nobody here knows how", async () => {
  const { host } = await servers.raw((_, response) => answer(response, 405, {}, ""));
  const [here, elsewhere] = [parseRegistryHost(host), parseRegistryHost("123456789012.dkr.ecr.eu-central-1.amazonaws.com")];
  const named = { host: here, plainHttp: true, credentials: async () => undefined };
  expect(await lookAtWatched([here], [named])).toEqual([]);
  expect(await lookAtWatched([here, elsewhere], [])).toMatchObject([
    { what: host, state: "mend", fact: "answers 405 to /v2/" },
    { what: elsewhere, state: "unknown", next: "look where the gate's own settings are" },
  ]);
});

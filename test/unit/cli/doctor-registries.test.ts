import { afterEach, expect, test } from "vitest";
import { lookAtRegistries } from "../../../functions/cli/doctor-registries.ts";
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

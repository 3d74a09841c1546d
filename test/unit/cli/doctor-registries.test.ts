import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lookAtRegistries, probed } from "../../../functions/cli/doctor-registries.ts";
import { parseRegistryHost } from "../../../shared/domain/image-ref.ts";
import { type FakeAws, serveAws } from "../../fakes/aws/aws.ts";
import { answer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";

const servers = openServers();
let aws: FakeAws;
let host: string;
const heard: string[] = [];

beforeEach(async () => {
  heard.length = 0;
  const face = await servers.raw(({ path }, response) => {
    heard.push(path);
    answer(response, 401, {}, "");
  });
  host = face.host;
  aws = await serveAws();
  const { accessKeyId, secretAccessKey } = aws.credentials();
  vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await aws.close();
  await servers.close();
});

function look(endpoint: string): ReturnType<typeof lookAtRegistries> {
  const usual = {
    mode: "dry-run",
    plainHttp: true,
    credentials: async () => undefined,
    hookSecrets: [],
    quarantine: "quarantine",
  } as const;
  const { account, region } = aws.registry();
  return lookAtRegistries([probed({ ...usual, host: parseRegistryHost(host), provider: "ecr", aws: { account, region, endpoint } })]);
}

test("with an endpoint of its own a registry of ECR is not asked before the gate would ask it: the endpoint lets the gate in first", async () => {
  const gone = await serveAws();
  await gone.close();
  expect(await look(gone.endpoint)).toMatchObject([
    { what: host, state: "mend", fact: expect.stringContaining("the token of the registry") },
  ]);
  expect(heard).toEqual([]);
  expect(await look(aws.endpoint)).toMatchObject([{ what: host, state: "well" }]);
  expect(heard).toEqual(["/v2/"]);
});

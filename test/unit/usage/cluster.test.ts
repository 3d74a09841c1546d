import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type ClusterAccess, LISTS, listCluster } from "../../../shared/usage/kubernetes/cluster.ts";
import { ownCluster } from "../../../shared/usage/kubernetes/in-cluster.ts";
import { readKubeconfig } from "../../../shared/usage/kubernetes/kubeconfig.ts";
import { readUsage } from "../../../shared/usage/reading.ts";
import type { Heard } from "../../fakes/raw-server.ts";
import { openServers, type Servers } from "../../fakes/servers.ts";
import { digestOf } from "../../fixtures/records.ts";
import { readers, runs } from "./given.ts";

let servers: Servers;
let folder: string;
beforeEach(() => {
  servers = openServers();
  folder = mkdtempSync(join(tmpdir(), "moorgate-cluster-"));
});
afterEach(async () => {
  await servers.close();
  rmSync(folder, { recursive: true });
});

const KINDS: Readonly<Record<string, string>> = {
  pods: "PodList",
  deployments: "DeploymentList",
  statefulsets: "StatefulSetList",
  daemonsets: "DaemonSetList",
  jobs: "JobList",
  cronjobs: "CronJobList",
};

function podNamed(name: string): object {
  const containers = [{ name: "main", image: "shop/api:1" }];
  const containerStatuses = [{ name: "main", imageID: `shop/api@${digestOf(name)}` }];
  return { metadata: { name, namespace: "shop" }, spec: { containers }, status: { phase: "Running", containerStatuses } };
}

const PODS = Array.from({ length: 7 }, (_, number) => podNamed(`pod-${number}`));

/** The API of a cluster with seven pods, three a page. `fault` answers first. */
async function cluster(
  fault: (request: Heard, response: ServerResponse) => boolean = () => false,
): Promise<{ access: ClusterAccess; heard: readonly Heard[] }> {
  const { host, heard } = await servers.raw((request, response) => {
    if (fault(request, response)) return;
    const url = new URL(request.path, "http://x");
    const resource = url.pathname.split("/").at(-1) ?? "";
    const group = url.pathname.split("/").slice(0, -1).join("/");
    const isKnown = LISTS.some((list) => list.path === group && list.resource === resource) && request.method === "GET";
    if (!isKnown) return void response.writeHead(404).end();
    const from = Number(url.searchParams.get("continue") ?? 0);
    const items = resource === "pods" ? PODS.slice(from, from + 3) : [];
    const next = resource === "pods" && from + 3 < PODS.length ? String(from + 3) : "";
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ kind: KINDS[resource], apiVersion: group.replace(/^\/apis?\//, ""), metadata: { continue: next }, items }),
    );
  });
  return { access: { server: new URL(`http://${host}`), authorization: "Bearer pod-token", tls: {} }, heard };
}

test("a cluster is listed page by page, and everything that runs is found", async () => {
  const { access, heard } = await cluster();
  const usage = readUsage(await listCluster(access), readers, "kubernetes");
  expect(Object.values(runs(usage)).flat().toSorted()).toEqual(PODS.map((_, number) => `shop/Pod/pod-${number}`));
  expect(heard.filter(({ path }) => path.includes("/pods"))).toHaveLength(3);
  expect(new Set(heard.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer pod-token"]));
});

describe("a list that cannot be read to its end is no list", () => {
  const page = (request: Heard): string | null => new URL(request.path, "http://x").searchParams.get("continue");
  const always: readonly (readonly [number, string])[] = [
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "malformed"],
    [302, "malformed"],
  ];
  test.each(always)("status %i of a later page", async (status, code) => {
    const { access, heard } = await cluster((request, response) => {
      if (page(request) !== "3") return false;
      response.writeHead(status, { location: "http://127.0.0.1:1/" }).end("{}");
      return true;
    });
    await expect(listCluster(access)).rejects.toMatchObject({ name: "AdapterError", code });
    expect(heard).toHaveLength(2);
  });

  test("a page that the server has forgotten begins the list anew, once more and not for ever", async () => {
    let forgotten = 0;
    const { access } = await cluster((request, response) => {
      if (page(request) !== "6" || forgotten === 1) return false;
      forgotten += 1;
      response.writeHead(410).end("{}");
      return true;
    });
    const usage = readUsage(await listCluster(access), readers, "kubernetes");
    expect(usage.images).toHaveLength(7);
    const never = await cluster((request, response) => page(request) === "3" && Boolean(response.writeHead(410).end("{}")));
    await expect(listCluster(never.access)).rejects.toMatchObject({ name: "AdapterError" });
    expect(never.heard).toHaveLength(6);
  });

  test("a server that is busy for a moment is asked again", async () => {
    let busy = 1;
    const { access } = await cluster((_, response) => busy-- > 0 && Boolean(response.writeHead(429, { "retry-after": "0" }).end()));
    expect(readUsage(await listCluster(access), readers, "kubernetes").images).toHaveLength(7);
  });

  test.each(["{", "[]", '{"kind":"Status"}'])("an answer that is no list: %s", async (body) => {
    const { access } = await cluster((_, response) => Boolean(response.writeHead(200).end(body)));
    await expect(listCluster(access)).rejects.toMatchObject({ name: "AdapterError", code: "malformed" });
  });
});

test("a pod finds its cluster by its service account, and elsewhere it is said that there is none", () => {
  writeFileSync(join(folder, "token"), "secret\n");
  writeFileSync(join(folder, "ca.crt"), "CA");
  const environment = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "6443" };
  expect(ownCluster(environment, folder)).toEqual({
    server: new URL("https://10.0.0.1:6443"),
    authorization: "Bearer secret",
    tls: { ca: "CA" },
  });
  expect(ownCluster({ KUBERNETES_SERVICE_HOST: "fd00::1" }, folder).server.host).toBe("[fd00::1]");
  expect(() => ownCluster({}, folder)).toThrow(expect.objectContaining({ name: "ParseError" }));
  expect(() => ownCluster(environment, join(folder, "none"))).toThrow(expect.objectContaining({ name: "ParseError" }));
});

describe("a kubeconfig", () => {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const config = (cluster: object, user: object, current = "east"): string => {
    const file = join(folder, "config");
    const context = { name: "east", context: { cluster: "c", user: "u" } };
    const document = { "current-context": current, contexts: [context], clusters: [{ name: "c", cluster }], users: [{ name: "u", user }] };
    writeFileSync(file, JSON.stringify(document));
    return file;
  };
  const server = { server: "https://east.example:6443" };

  test("gives server, authority and account of its context, by content or by files beside it", () => {
    const inline = config({ ...server, "certificate-authority-data": base64("CA") }, { token: "t" });
    expect(readKubeconfig(inline)).toEqual({ server: new URL(server.server), authorization: "Bearer t", tls: { ca: "CA" } });
    for (const name of ["ca", "crt", "key", "token"]) writeFileSync(join(folder, name), `${name} of a file`);
    const files = config(
      { ...server, "certificate-authority": "ca", "tls-server-name": "x" },
      { "client-certificate": "crt", "client-key": "key" },
      "west",
    );
    const tls = { ca: "ca of a file", cert: "crt of a file", key: "key of a file", servername: "x" };
    expect(readKubeconfig(files, "east")).toEqual({ server: new URL(server.server), tls });
    expect(readKubeconfig(config(server, { tokenFile: "token" })).authorization).toBe("Bearer token of a file");
  });

  test.each([
    ["a program that gets a token", server, { exec: { command: "aws" } }],
    ["an older one", server, { "auth-provider": { name: "gcp" } }],
    ["a password", server, { username: "ann", password: "p" }],
    ["another account's name", server, { token: "t", as: "root" }],
    ["an unchecked server", { ...server, "insecure-skip-tls-verify": true }, { token: "t" }],
    ["a proxy", { ...server, "proxy-url": "http://proxy" }, { token: "t" }],
    ["a server that is no address", { server: "east" }, { token: "t" }],
    ["a file that is not there", { ...server, "certificate-authority": "none" }, { token: "t" }],
  ])("is refused with %s", (_, cluster, user) => {
    expect(() => readKubeconfig(config(cluster, user))).toThrow(expect.objectContaining({ name: "ParseError" }));
  });

  test("is refused where it is none, or has no such context, without a word of what is in it", () => {
    const file = join(folder, "config");
    for (const text of ["", "token: [", "a: &a [*a, *a]", "kind: Config"]) {
      writeFileSync(file, text);
      expect(() => readKubeconfig(file)).toThrow(expect.objectContaining({ name: "ParseError" }));
    }
    writeFileSync(file, "users: [{ name: u, user: { token: my-secret-token } ");
    expect(() => readKubeconfig(file)).toThrow(expect.not.objectContaining({ message: expect.stringContaining("my-secret-token") }));
    expect(() => readKubeconfig(config(server, { token: "t" }), "west")).toThrow(expect.objectContaining({ name: "ParseError" }));
  });
});

test("the account of the manifest may list exactly what is asked of the API, and nothing else", () => {
  const path = new URL("../../../infra/kubernetes/report-usage.yaml", import.meta.url);
  const documents = readFileSync(path, "utf8")
    .split(/^---$/m)
    .map((text) => parse(text) as { readonly kind: string; readonly [member: string]: unknown });
  const role = documents.find(({ kind }) => kind === "ClusterRole") as unknown as {
    readonly rules: readonly {
      readonly apiGroups: readonly string[];
      readonly resources: readonly string[];
      readonly verbs: readonly string[];
    }[];
  };
  const allowed = role.rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`))),
  );
  expect(allowed.toSorted()).toEqual(LISTS.map(({ group, resource }) => `list ${group}/${resource}`).toSorted());
  expect(documents.map(({ kind }) => kind).toSorted()).toEqual([
    "ClusterRole",
    "ClusterRoleBinding",
    "CronJob",
    "Namespace",
    "ServiceAccount",
  ]);
});

import { describe, expect, test } from "vitest";
import { digestOf } from "../../fixtures/records.ts";
import { doubts, runs, seen } from "./given.ts";

const [A, B] = [digestOf("a"), digestOf("b")];
type Fields = Readonly<Record<string, unknown>>;

interface Given {
  readonly name?: string;
  readonly image?: string;
  readonly imageID?: string;
  readonly phase?: string;
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly labels?: Fields;
  readonly annotations?: Fields;
  readonly spec?: Fields;
  readonly status?: Fields;
}

function pod({ name = "api-1", image = "registry.example/shop/api:1.0", imageID = "", phase = "Running", ...given }: Given = {}): Fields {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "shop",
      managedFields: [{ manager: "kubelet", fieldsV1: { "f:status": { "f:containerStatuses": {} } } }],
      ...(given.labels && { labels: given.labels }),
      ...(given.annotations && { annotations: given.annotations }),
      ...(given.owner && { ownerReferences: [{ ...given.owner, apiVersion: "v1", uid: "1", controller: true }] }),
    },
    spec: { containers: [{ name: "main", image, env: [{ name: "image", value: "x" }] }], ...given.spec },
    status: { phase, containerStatuses: [{ name: "main", image, imageID, ready: true, state: { running: {} } }], ...given.status },
  };
}

function list(...items: readonly Fields[]): Fields {
  return { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items };
}

const workload = (kind: string, image: string, fields: Fields = {}): Fields => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name: "api", namespace: "shop" },
  spec: { replicas: 0, template: { metadata: {}, spec: { containers: [{ name: "main", image }] } } },
  ...fields,
});

describe("what a pod runs is read from what its runtime reports", () => {
  test.each([
    ["docker", `docker-pullable://registry.example/shop/api@${A}`],
    ["containerd", `registry.example/shop/api@${A}`],
    ["containerd behind a mirror", `mirror.example:5000/cache/shop/api@${A}`],
  ])("%s", async (_, imageID) => {
    const usage = await seen([list(pod({ imageID }))]);
    expect(runs(usage)).toEqual({ [A]: ["shop/Pod/api-1"] });
    expect(usage.unmatched).toEqual([]);
  });

  test.each([
    ["an image that was loaded, not pulled", "sha256:6f4f1c1ae1d5f3b2a4d3cfa1d3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4"],
    ["an image of docker without a registry", `docker://${B}`],
    ["CRI-O's own id", B.slice("sha256:".length)],
    ["a container that has not begun", ""],
  ])("the id of %s names no manifest: what it runs is not known", async (_, imageID) => {
    const usage = await seen([list(pod({ imageID }))]);
    expect(usage.images).toEqual([]);
    expect(doubts(usage)).toEqual(["shop/Pod/api-1 runs shop/api"]);
  });

  test("the digest that was asked for counts where none is reported, and beside the one that is", async () => {
    const image = `registry.example/shop/api:1.0@${A}`;
    expect(runs(await seen([list(pod({ image, phase: "Pending", status: { containerStatuses: null } }))]))).toEqual({
      [A]: ["shop/Pod/api-1"],
    });
    const both = await seen([list(pod({ image, imageID: `registry.example/shop/api@${B}` }))]);
    expect(Object.keys(runs(both)).sort()).toEqual([A, B].sort());
    expect(both.unmatched).toEqual([]);
  });

  test("a digest that is reported under another name is told, and so is the doubt", async () => {
    const usage = await seen([list(pod({ imageID: `registry.example/other/thing@${A}` }))]);
    expect(runs(usage)).toEqual({ [A]: ["shop/Pod/api-1"] });
    expect(doubts(usage)).toEqual(["shop/Pod/api-1 runs shop/api"]);
  });

  test("an image that has no name at all may be any", async () => {
    expect(doubts(await seen([list(pod({ image: B }))]))).toEqual(["shop/Pod/api-1 runs ?"]);
  });

  test("containers that prepare, containers for debugging, and images that are mounted are in use as well", async () => {
    const [C, D] = [digestOf("c"), digestOf("d")];
    const usage = await seen([
      list(
        pod({
          imageID: `x/api@${A}`,
          spec: {
            initContainers: [{ name: "init", image: "x/init:1" }],
            ephemeralContainers: [{ name: "debug", image: "x/debug:1" }],
            volumes: [
              { name: "v", image: { reference: `x/models@${D}` } },
              { name: "w", emptyDir: {} },
              { name: "t", image: { reference: "x/tagged:1" } },
            ],
          },
          status: {
            initContainerStatuses: [{ name: "init", imageID: `x/init@${B}` }],
            ephemeralContainerStatuses: [{ name: "debug", imageID: `x/debug@${C}` }],
          },
        }),
      ),
    ]);
    expect(Object.keys(runs(usage)).sort()).toEqual([A, B, C, D].sort());
    expect(doubts(usage)).toEqual(["shop/Pod/api-1 runs x/tagged"]);
  });
});

describe("what has ended runs no more", () => {
  test.each(["Succeeded", "Failed"])("%s", async (phase) => {
    expect((await seen([list(pod({ imageID: `x@${A}`, phase }))])).images).toEqual([]);
  });

  test.each(["Running", "Pending", "Unknown", ""])("but a pod that is %j may run", async (phase) => {
    expect((await seen([list(pod({ imageID: `x@${A}`, phase }))])).images).toHaveLength(1);
  });

  test("what a cron job ran last it will start again, a job will not", async () => {
    const ended = { imageID: `x@${A}`, phase: "Succeeded" };
    expect(runs(await seen([list(pod({ ...ended, owner: { kind: "Job", name: "report-29387520" } }))]))).toEqual({
      [A]: ["shop/CronJob/report"],
    });
    expect((await seen([list(pod({ ...ended, owner: { kind: "Job", name: "migrate" } }))])).images).toEqual([]);
  });
});

describe("a workload goes by what a person deployed", () => {
  test("the deployment of a replica set, by its list entry or by the hash in its name", async () => {
    const given = { imageID: `x@${A}`, owner: { kind: "ReplicaSet", name: "api-7d4b9c" } };
    const byHash = await seen([list(pod({ ...given, labels: { "pod-template-hash": "7d4b9c" } }))]);
    expect(runs(byHash)).toEqual({ [A]: ["shop/Deployment/api"] });
    expect(runs(await seen([list(pod(given))]))).toEqual({ [A]: ["shop/ReplicaSet/api-7d4b9c"] });
    const set = workload("ReplicaSet", "x:1", {
      metadata: { name: "api-7d4b9c", namespace: "shop", ownerReferences: [{ kind: "Rollout", name: "api", controller: true }] },
    });
    expect(runs(await seen([list(pod(given), set)]))).toEqual({ [A]: ["shop/Rollout/api"] });
  });

  test("a pod of a node itself stays a pod", async () => {
    const usage = await seen([list(pod({ imageID: `x@${A}`, owner: { kind: "Node", name: "worker-1" } }))]);
    expect(runs(usage)).toEqual({ [A]: ["shop/Pod/api-1"] });
  });

  test("pods of one workload are one, and its owner is the annotation's or the namespace", async () => {
    const owner = { kind: "StatefulSet", name: "db" };
    const two = await seen([list(pod({ name: "db-0", imageID: `x@${A}`, owner }), pod({ name: "db-1", imageID: `x@${A}`, owner }))]);
    expect(two.images).toEqual([{ digest: A, workloads: [{ name: "shop/StatefulSet/db", owner: "shop" }] }]);
    const named = await seen([list(pod({ imageID: `x@${A}`, annotations: { "moorgate.dev/owner": "team-shop@example" } }))]);
    expect(named.images[0]?.workloads[0].owner).toBe("team-shop@example");
  });
});

describe("a workload that would start an image by its digest uses it", () => {
  const running = pod({ imageID: `x@${B}` });

  test.each(["Deployment", "StatefulSet", "DaemonSet", "ReplicationController", "Job"])("%s", async (kind) => {
    expect(runs(await seen([list(running, workload(kind, `x@${A}`))]))[A]).toEqual([`shop/${kind}/api`]);
    expect(Object.keys(runs(await seen([list(running, workload(kind, "x:1"))])))).toEqual([B]);
  });

  test("and goes by its own name, whatever controls it: its pods do", async () => {
    const ownerReferences = [{ kind: "Shop", name: "shop", controller: true }];
    const made = workload("Deployment", `x@${A}`, { metadata: { name: "api", namespace: "shop", ownerReferences } });
    expect(runs(await seen([list(running, made)]))[A]).toEqual(["shop/Deployment/api"]);
  });

  test("CronJob", async () => {
    const cron = { ...workload("CronJob", ""), spec: { jobTemplate: { spec: workload("Job", `x@${A}`)["spec"] } } };
    expect(runs(await seen([list(running, cron)]))[A]).toEqual(["shop/CronJob/api"]);
  });

  test("a job that has ended and an old replica set use nothing", async () => {
    const ended = workload("Job", `x@${A}`, { status: { conditions: [{ type: "Complete", status: "True" }] } });
    expect(Object.keys(runs(await seen([list(running, ended, workload("ReplicaSet", `x@${A}`))])))).toEqual([B]);
  });
});

describe("half a list is none", () => {
  test.each([
    ["a page of several", { apiVersion: "v1", kind: "PodList", metadata: { continue: "abc" }, items: [pod()] }],
    ["no pods, which every cluster has", list()],
    ["deployments alone", list(workload("Deployment", `x@${A}`))],
    ["a pod without containers", list(pod(), { apiVersion: "v1", kind: "Pod", metadata: { name: "b" }, spec: {} })],
    ["a pod whose statuses are no list", list(pod({ status: { containerStatuses: { name: "main" } } }))],
    ["no list at all", { apiVersion: "v1", kind: "PodList" }],
    ["an answer without access", { apiVersion: "v1", kind: "Status", status: "Failure", code: 403 }],
  ])("%s", async (_, document) => {
    await expect(seen([document])).rejects.toMatchObject({ name: "ParseError" });
  });

  test("pods of a typed list do not say their kind, and other kinds are told to be passed over", async () => {
    const { kind: _, apiVersion: __, ...bare } = pod({ imageID: `x@${A}` });
    const pods = { apiVersion: "v1", kind: "PodList", metadata: { continue: "" }, items: [bare] };
    const usage = await seen([pods, list({ kind: "Service", metadata: { name: "s" } })]);
    expect(runs(usage)).toEqual({ [A]: ["shop/Pod/api-1"] });
    expect(usage.notes).toHaveLength(1);
  });
});

test("pods of one namespace are told to be a part, those of several or of the cluster's own are not", async () => {
  const own = pod({ imageID: `x@${A}` });
  const system = { ...own, metadata: { name: "dns", namespace: "kube-system" } };
  expect((await seen([list(own, { kind: "Service", metadata: { name: "s", namespace: "web" } })])).partOnly).toBe("the namespace shop");
  for (const whole of [[own, system], [system]]) expect(await seen([list(...whole)])).not.toHaveProperty("partOnly");
});

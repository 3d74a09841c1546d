import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { type ImageView, moorgate, untilImage } from "../running/gate.ts";
import { run } from "../running/programs.ts";
import { skopeo } from "./clients.ts";
import { type Answer, type Cluster, startCluster } from "./cluster.ts";
import { signedWith, startWatchedWith, type Watched } from "./distribution.ts";
import { writeImageLayout } from "./layout.ts";
import { cosignIn } from "./signers.ts";

/** A real API server asks the gate before anything starts, and tells it what runs. */

const REPLICA_SETS = "system:serviceaccount:kube-system:replicaset-controller";
const REPORTER = new URL("../../infra/kubernetes/report-usage.yaml", import.meta.url);
const GUIDE = new URL("../../.github/docs/running-images.md", import.meta.url);

const dir = mkdtempSync(join(tmpdir(), "moorgate-admission-"));
let watched: Watched;
let cluster: Cluster;
let proxy: Server;

beforeAll(async () => {
  const { publicKey } = await cosignIn(join(dir, "cosign"));
  watched = await startWatchedWith({
    policy: signedWith("warn"),
    files: { "release.pub": publicKey },
    settings: "usage: { places: [{ name: east, maxAge: 1h }] }\nadmission: { unknown: warn }\nbrake: off\n",
  });
  cluster = await startCluster();
  proxy = await serveTls(`${watched.gate.url}/admission`);
  await apply(webhookOfGuide());
}, 180_000);
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await cluster.stop();
  await watched.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** The proxy that a cluster wants before the gate. */
async function serveTls(to: string): Promise<Server> {
  const [key, cert] = [join(dir, "proxy.key"), join(dir, "proxy.pem")];
  const named = ["-subj", "/CN=gate", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, ...named]);
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    void buffer(request)
      .then((body) => fetch(to, { method: "POST", body }))
      .then(async (answer) => response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text()))
      .catch(() => response.writeHead(502).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** The webhook as the guide has it, asked at this gate and whatever becomes of it. */
function webhookOfGuide(): Kubernetes {
  const text = /```yaml\n(apiVersion: admissionregistration[^]*?)```/.exec(readFileSync(GUIDE, "utf8"))?.[1] ?? "";
  const url = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}/admission`;
  const caBundle = readFileSync(join(dir, "proxy.pem")).toString("base64");
  const here = text.replace("url: https://moorgate.example/admission, caBundle: ...", `url: "${url}", caBundle: ${caBundle}`);
  const [webhook] = documentsOf(here.replace("failurePolicy: Ignore", "failurePolicy: Fail"));
  if (webhook === undefined) throw new Error("the guide has no webhook");
  return webhook;
}

interface Kubernetes {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function documentsOf(yaml: string): readonly Kubernetes[] {
  return parseAllDocuments(yaml).map((each) => each.toJS() as Kubernetes);
}

async function apply(object: Kubernetes, as?: string): Promise<Answer> {
  const { apiVersion, kind, metadata } = object;
  const group = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  const namespace = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return cluster.ask("POST", `${group}${namespace}/${kind.toLowerCase()}s`, object, as);
}

const PODS = "/api/v1/namespaces/default/pods";
const container = (image: string) => ({ containers: [{ name: "app", image }] });
const metadata = (name: string) => ({ name, namespace: "default" });

function pod(name: string, image: string, owner?: object): Kubernetes {
  const owners = owner === undefined ? {} : { ownerReferences: [owner] };
  const object = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata(name), ...owners }, spec: container(image) };
  return object;
}

function deployment(name: string, image: string): Kubernetes {
  const template = { metadata: { labels: { app: name } }, spec: container(image) };
  const object = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(name),
    spec: { selector: { matchLabels: { app: name } }, template },
  };
  return object;
}

/** What a node would say of a pod. */
async function runPod(name: string, image: string): Promise<void> {
  const containerStatuses = [{ name: "app", image, imageID: image, ready: true, restartCount: 0, state: { running: {} } }];
  const { status } = await cluster.ask("PATCH", `${PODS}/${name}/status`, { status: { phase: "Running", containerStatuses } });
  expect(status).toBe(200);
}

/** As the CronJob does it: with the account of the manifest, and nothing else that it may do. */
async function report(): Promise<string> {
  const account = "/api/v1/namespaces/moorgate/serviceaccounts/report-usage/token";
  const { body } = await cluster.ask("POST", account, { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} });
  const { token } = (body as { readonly status: { readonly token: string } }).status;
  const file = join(dir, "kubeconfig");
  const ca = Buffer.from(cluster.ca).toString("base64");
  const config = {
    "current-context": "east",
    contexts: [{ name: "east", context: { cluster: "east", user: "reporter" } }],
    clusters: [{ name: "east", cluster: { server: cluster.url, "certificate-authority-data": ca } }],
    users: [{ name: "reporter", user: { token } }],
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return moorgate(watched.gate, ["report-usage", "--place", "east", "--kubeconfig", file]);
}

const isFree = ({ held, verdict }: ImageView): boolean => !held && verdict === "compliant";

test("what runs goes on, what would start is refused, and when nothing runs it any more it is held", { timeout: 180_000 }, async () => {
  for (const object of documentsOf(readFileSync(REPORTER, "utf8"))) expect((await apply(object)).status, object.kind).toBe(201);
  const image = writeImageLayout(join(dir, "image"));
  const reference = `${watched.registry}/team/api@${image.digest}`;
  await skopeo.push(image, `${watched.registry}/team/api:v1`);
  await untilImage(watched.gate, image.digest, "let through", isFree);
  expect(await apply(pod("first", reference))).toMatchObject({ status: 201, warnings: [] });
  expect(await apply(deployment("api", reference))).toMatchObject({ status: 201, warnings: [] });
  await runPod("first", reference);
  expect(await report()).toContain("REPORTED");

  writeFileSync(join(watched.gate.dir, "policy.yaml"), signedWith("enforce"));
  await untilImage(watched.gate, image.digest, "given a deadline", (view) => view.verdict === "violating" && view.deadline !== undefined);

  const refused = await apply(pod("second", reference));
  expect(refused.status).toBe(403);
  expect(refused.body).toMatchObject({ reason: "Forbidden", message: expect.stringContaining("moorgate: ") });
  expect((await apply(deployment("other", `${watched.registry}/team/api:v1`))).status).toBe(403);
  const batch = { apiVersion: "batch/v1", kind: "CronJob", metadata: metadata("nightly") };
  const jobs = {
    schedule: "0 3 * * *",
    jobTemplate: { spec: { template: { spec: { ...container(reference), restartPolicy: "Never" } } } },
  };
  expect((await apply({ ...batch, spec: jobs } as Kubernetes)).status).toBe(403);

  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "api-1", uid: "1", controller: true };
  await allowAll("mallory", REPLICA_SETS);
  expect((await apply(pod("restarted", reference, owner), "mallory")).body).toMatchObject({
    message: expect.stringContaining("moorgate: "),
  });
  expect(await apply(pod("restarted", reference, owner), REPLICA_SETS)).toMatchObject({
    status: 201,
    warnings: [expect.stringContaining("moorgate: ")],
  });
  const scaled = await cluster.ask("PATCH", "/apis/apps/v1/namespaces/default/deployments/api", { spec: { replicas: 3 } });
  expect(scaled).toMatchObject({ status: 200, warnings: [expect.stringContaining("moorgate: ")] });

  await cluster.ask("DELETE", "/apis/apps/v1/namespaces/default/deployments/api");
  for (const name of ["first", "restarted"]) await cluster.ask("DELETE", `${PODS}/${name}?gracePeriodSeconds=0`);
  expect(await apply(pod("unrelated", `registry.example/other@sha256:${"0".repeat(64)}`))).toMatchObject({ status: 201 });
  await report();
  await untilImage(watched.gate, image.digest, "held", ({ held }) => held);
});

/** Only so that the webhook is what decides. */
async function allowAll(...users: readonly string[]): Promise<void> {
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" };
  const subjects = users.map((name) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "User", name }));
  const binding = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "all" }, roleRef, subjects };
  expect((await apply(binding)).status).toBe(201);
}

test("the account that reports may do nothing but list what runs", async () => {
  const account = "system:serviceaccount:moorgate:report-usage";
  const statusOf = async (method: string, path: string, body?: object) => (await cluster.ask(method, path, body, account)).status;
  for (const path of [
    "/api/v1/pods",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/statefulsets",
    "/apis/apps/v1/daemonsets",
    "/apis/batch/v1/jobs",
    "/apis/batch/v1/cronjobs",
  ])
    expect(await statusOf("GET", path), path).toBe(200);
  expect(await statusOf("GET", "/api/v1/secrets")).toBe(403);
  expect(await statusOf("GET", "/api/v1/namespaces/moorgate/secrets/moorgate-reporter")).toBe(403);
  expect(await statusOf("DELETE", `${PODS}/unrelated`)).toBe(403);
  expect(await statusOf("POST", PODS, pod("mine", "registry.example/other:1"))).toBe(403);
});

test("a cluster that demands the gate starts nothing while the gate is away", async () => {
  await new Promise<void>((resolve) => {
    proxy.closeAllConnections();
    proxy.close(() => resolve());
  });
  expect((await apply(pod("alone", "registry.example/other:1"))).status).toBe(500);
});

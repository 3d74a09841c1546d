import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import { createApp } from "../../../shared/web/app.ts";
import { openWebGate, type WebGate } from "../../fakes/web-gate.ts";
import { at, digestOf, keyOf, NOW, recordOf, verdictOf } from "../../fixtures/records.ts";

const PLACE = "registry.example:5000/shop/api";
const CONTROLLER = "system:serviceaccount:kube-system:replicaset-controller";
const OWNED = { ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "api-1", uid: "1", controller: true }] };
const DEADLINE: NonNullable<ImageRecord["deadline"]> = {
  since: {},
  until: at(3_600_000),
  afterwards: "tell",
  use: { kind: "running", workloads: ["east: shop/Deployment/api"], owners: [] },
  isOver: false,
};

interface Answer {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly message: string };
  readonly warnings?: readonly string[];
}

/** A cluster reaches the gate under a name that no browser would. */
async function ask(gate: WebGate, request: object): Promise<Answer> {
  const body = JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: { uid: "u-1", ...request } });
  const response = await gate.app.fetch(new Request("http://moorgate.gate.svc/admission", { method: "POST", body }));
  expect(response.status).toBe(200);
  const review = (await response.json()) as { readonly apiVersion: string; readonly kind: string; readonly response: Answer };
  expect(review).toMatchObject({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: { uid: "u-1" } });
  return review.response;
}

const podOf = (image: string, metadata: object = {}) => ({ kind: "Pod", metadata, spec: { containers: [{ name: "api", image }] } });
const deploymentOf = (image: string) => ({ kind: "Deployment", spec: { template: { spec: { containers: [{ image }] } } } });

async function gateWith(fields: Partial<ImageRecord>): Promise<WebGate> {
  const gate = openWebGate();
  await gate.remember(recordOf(keyOf("a"), fields));
  return gate;
}

test("a gate whose settings let no cluster ask says so, and sends none to the page for signing in", async () => {
  const { deps } = openWebGate();
  const closed = createApp({ ...deps, hasAdmission: false });
  const response = await closed.fetch(new Request("http://127.0.0.1:5056/admission", { method: "POST", body: "{}" }));
  expect([response.status, await response.json()]).toMatchObject([404, { next: expect.stringContaining("moorgate.yaml") }]);
});

describe("a new workload", () => {
  const violating = verdictOf("violating");
  test.each<readonly [string, Partial<ImageRecord>, boolean, number]>([
    ["complies: it may start", {}, true, 0],
    ["violates and has a deadline: refused, for nothing runs it here yet", { verdict: violating, deadline: DEADLINE }, false, 0],
    ["violates and is about to be held: refused", { verdict: violating }, false, 0],
    ["is held: refused", { verdict: violating, hold: { kind: "held", since: NOW, actionId: "x", strength: "hidden" } }, false, 0],
    ["violates in a dry run: told what would be", { verdict: verdictOf("violating", { mode: "dry-run" }) }, true, 1],
    [
      "violates and was released by hand: it may start",
      { verdict: violating, override: { kind: "release", actor: { name: "ann", reason: "known" }, at: NOW, forReasons: [] } },
      true,
      0,
    ],
    ["misses a fact: told", { verdict: verdictOf("indeterminate") }, true, 1],
    ["misses a fact where that is held: refused", { verdict: verdictOf("indeterminate", { holdsUnknown: true }) }, false, 0],
    ["has left the registry: as if never judged", { verdict: violating, presence: "gone" }, true, 1],
  ])("%s", async (_, fields, allowed, warnings) => {
    const gate = await gateWith(fields);
    for (const image of [`${PLACE}@${digestOf("a")}`, ...(fields.presence === "gone" ? [] : [`${PLACE}:1.0`])]) {
      const answer = await ask(gate, { object: podOf(image) });
      expect({ allowed: answer.allowed, warnings: answer.warnings?.length ?? 0 }).toEqual({ allowed, warnings });
      expect(answer.status?.code).toBe(allowed ? undefined : 403);
      expect(answer.status?.message.includes(PLACE) ?? true).toBe(true);
    }
  });

  test("of a registry that the gate does not watch is none of its business", async () => {
    const gate = await gateWith({ verdict: verdictOf("violating") });
    for (const image of ["nginx", "team/tool:1", "other.example/shop/api:1.0"])
      expect(await ask(gate, { object: podOf(image) })).toEqual({ uid: "u-1", allowed: true });
  });

  test.each([
    ["an init container", { spec: { initContainers: [{ image: `${PLACE}:1.0` }] } }],
    ["an ephemeral container", { spec: { ephemeralContainers: [{ image: `${PLACE}:1.0` }] } }],
    ["a volume", { spec: { volumes: [{ image: { reference: `${PLACE}:1.0` } }] } }],
    ["a deployment", deploymentOf(`${PLACE}:1.0`)],
    ["a cron job", { kind: "CronJob", spec: { jobTemplate: deploymentOf(`${PLACE}:1.0`) } }],
    ["one container of many", { spec: { containers: [{ image: "nginx" }, { image: `${PLACE}:1.0` }] } }],
  ])("is looked for in %s", async (_, object) => {
    const gate = await gateWith({ verdict: verdictOf("violating") });
    expect((await ask(gate, { object })).allowed).toBe(false);
  });

  test("by digest is judged by its digest, whatever tag stands before it", async () => {
    const gate = await gateWith({});
    await gate.remember(recordOf(keyOf("b"), { tags: [], verdict: verdictOf("violating") }));
    expect((await ask(gate, { object: podOf(`${PLACE}:1.0@${digestOf("b")}`) })).allowed).toBe(false);
  });

  test("of a platform is judged with its index, and one that complies is enough", async () => {
    const gate = openWebGate();
    const child = digestOf("child");
    await gate.remember(recordOf(keyOf("bad"), { kind: "index", children: [child], verdict: verdictOf("violating") }));
    expect((await ask(gate, { object: podOf(`${PLACE}@${child}`) })).allowed).toBe(false);
    await gate.remember(recordOf(keyOf("good"), { kind: "index", children: [child] }));
    expect((await ask(gate, { object: podOf(`${PLACE}@${child}`) })).allowed).toBe(true);
  });
});

describe("what runs already and has a deadline", () => {
  const image = `${PLACE}:1.0`;
  const fields = { verdict: verdictOf("violating"), deadline: DEADLINE };

  test("may be changed in other things, and whoever does it is told", async () => {
    const gate = await gateWith(fields);
    const answer = await ask(gate, { operation: "UPDATE", object: deploymentOf(image), oldObject: deploymentOf(image) });
    expect(answer).toMatchObject({ allowed: true, warnings: [expect.stringContaining(image)] });
  });

  test("may not be brought in by a change", async () => {
    const gate = await gateWith(fields);
    const answer = await ask(gate, { operation: "UPDATE", object: deploymentOf(image), oldObject: deploymentOf("nginx") });
    expect(answer.allowed).toBe(false);
  });

  test("is started again by the cluster's own controllers", async () => {
    const gate = await gateWith(fields);
    for (const kind of ["deployment", "replicaset", "statefulset", "daemon-set", "job", "cronjob"]) {
      const username = CONTROLLER.replace("replicaset", kind);
      expect((await ask(gate, { userInfo: { username }, object: podOf(image, OWNED) })).allowed, kind).toBe(true);
    }
  });

  test("is not started by somebody who writes an owner into a pod", async () => {
    const gate = await gateWith(fields);
    expect((await ask(gate, { userInfo: { username: "eve" }, object: podOf(image, OWNED) })).allowed).toBe(false);
    expect((await ask(gate, { userInfo: { username: `${CONTROLLER}x` }, object: podOf(image, OWNED) })).allowed).toBe(false);
    expect((await ask(gate, { userInfo: { username: CONTROLLER }, object: podOf(image) })).allowed).toBe(false);
  });
});

test("a deletion, which has no object, may always be", async () => {
  const gate = await gateWith({ verdict: verdictOf("violating") });
  expect(await ask(gate, { operation: "DELETE", object: null, oldObject: podOf(`${PLACE}:1.0`) })).toEqual({ uid: "u-1", allowed: true });
});

test("a name that no runtime could pull is told, and refuses nothing by itself", async () => {
  const answer = await ask(openWebGate(), { object: podOf("UPPER/Case:::") });
  expect(answer).toMatchObject({ allowed: true, warnings: [expect.stringContaining("UPPER/Case")] });
});

test("whatever is posted, the answer is a review or a refusal, and never a fault of the gate", async () => {
  const gate = openWebGate();
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.object({ maxDepth: 4 }).map((object) => JSON.stringify({ request: object })),
      ),
      async (body) => {
        const response = await gate.app.fetch(new Request("http://gate/admission", { method: "POST", body }));
        expect([200, 400]).toContain(response.status);
      },
    ),
    { numRuns: 200 },
  );
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { moorgate, type RunningGate } from "../running/gate.ts";

/** Tells the gate that one image runs at the place `east`, or that it is another one: as `kubectl get pods -A -o json` prints it. */
export async function reportPods(gate: RunningGate, image = `registry.example/other@sha256:${"0".repeat(64)}`): Promise<void> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "shop", name: "api-1", ownerReferences: [{ kind: "ReplicaSet", name: "api-5d9c7b8d4f", controller: true }] },
    spec: { containers: [{ name: "api", image }] },
    status: { phase: "Running", containerStatuses: [{ name: "api", image, imageID: image, state: { running: {} } }] },
  };
  const file = join(gate.dir, "pods.json");
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items: [pod] }));
  await moorgate(gate, ["report-usage", "--place", "east", "--part-only", file]);
}

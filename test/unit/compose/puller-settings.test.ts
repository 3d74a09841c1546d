import { expect, test } from "vitest";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";
import type { Credentials } from "../../../shared/ports/provider.ts";

const docker: Credentials = async () => ({ username: "docker", password: "stored", kind: "password" });

function registryOf(lines: string) {
  const text = `apiVersion: moorgate.dev/v1\nkind: Settings\nregistries:\n  - host: registry.example\n    username: gate\n    password: env:GATE\n${lines}`;
  const { registries } = parseSettings(text, "moorgate.yaml", { GATE: "gates", PULLER: "pullers" }, () => docker);
  const [entry] = registries;
  if (entry === undefined) throw new Error("no registry");
  return entry;
}

test("without a puller none is made up, and a replica is asked as Docker's own configuration says, never with the gate's password", async () => {
  const { puller, replicas } = registryOf("    replicas: [eu.example]\n");
  expect(puller).toBeUndefined();
  expect(replicas?.map(({ host }) => host)).toEqual(["eu.example"]);
  expect(await replicas?.[0]?.credentials()).toMatchObject({ username: "docker" });
});

test("a puller is who is asked, at the replicas too", async () => {
  const { puller, replicas } = registryOf("    puller: { username: deploy, password: env:PULLER }\n    replicas: [eu.example]\n");
  const deploy = { username: "deploy", password: "pullers", kind: "password" };
  expect(await puller?.()).toEqual(deploy);
  expect(await replicas?.[0]?.credentials()).toEqual(deploy);
});

test("an anonymous puller has no credentials", async () => {
  const { puller } = registryOf("    puller: anonymous\n");
  expect(await puller?.()).toBeUndefined();
});

test("a password that stands in the file is refused", () => {
  expect(() => registryOf("    puller: { username: deploy, password: plain }\n")).toThrow(PolicyError);
});

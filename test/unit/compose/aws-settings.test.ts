import { describe, expect, test } from "vitest";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";

const ROLE = "arn:aws:iam::123456789012:role/moorgate";

const REPLICA_ROLE = "arn:aws:iam::{account}:role/member";

function entryOf(lines: string) {
  const host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
  const text = `apiVersion: moorgate.dev/v1\nkind: Settings\nregistries:\n  - host: ${host}\n${lines}`;
  const [entry] = parseSettings(text, "moorgate.yaml", {}, () => async () => undefined).registries;
  if (entry === undefined) throw new Error("no registry");
  return entry;
}

describe("a registry of AWS", () => {
  test("needs no more than its host and its provider", () => {
    const { provider, aws } = entryOf("    provider: ecr\n");
    expect([provider, aws]).toEqual(["ecr", undefined]);
  });

  test("says who the gate is there", () => {
    const aws = {
      account: "210987654321",
      region: "us-gov-west-1",
      role: ROLE,
      replicaRole: REPLICA_ROLE,
      externalId: "team-7",
      principal: ROLE,
      hold: "quarantine-repository",
    };
    const lines = Object.entries(aws).map(([name, value]) => `      ${name}: "${value}"\n`);
    expect(entryOf(`    provider: ecr\n    aws:\n${lines.join("")}`).aws).toEqual(aws);
  });

  test.each([
    ["a counter of what runs without the time of the last pull", `    provider: ecr\n    aws: { inUse: inspector }\n`],
    ["an external id without a role", `    provider: ecr\n    aws: { externalId: team-7 }\n`],
    ["a role that is no ARN", `    provider: ecr\n    aws: { role: moorgate }\n`],
    ["a role at replicas that is one account's", `    provider: ecr\n    aws: { replicaRole: "${ROLE}" }\n`],
    ["an account that lost its leading zero", `    provider: ecr\n    aws: { account: "12345678901" }\n`],
    ["a way to hold that there is not", `    provider: ecr\n    aws: { hold: repository-policy }\n`],
    ["a region that is none", `    provider: ecr\n    aws: { region: Frankfurt }\n`],
    ["an endpoint of another scheme", `    provider: ecr\n    aws: { endpoint: "file:///etc/passwd" }\n`],
    ["an endpoint without a certificate", `    provider: ecr\n    aws: { endpoint: "http://ecr.example" }\n`],
    ["words of AWS at a registry that is none", `    aws: { role: "${ROLE}" }\n`],
    ["a word that there is not", `    provider: ecr\n    aws: { rol: "${ROLE}" }\n`],
  ])("is refused with %s", (_, lines) => {
    expect(() => entryOf(lines)).toThrow(PolicyError);
  });
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { parseRegistryHost } from "../../../../shared/domain/image-ref.ts";
import type { SetupFinding } from "../../../../shared/domain/setup-finding.ts";
import type { AwsAccess } from "../../../../shared/ports/provider.ts";
import type { SetupDemand } from "../../../../shared/ports/registry-setup.ts";
import { openEcrSetup } from "../../../../shared/providers/aws/setup.ts";
import { type FakeAws, serveAws } from "../../../fakes/aws/aws.ts";
import type { EcrRegistry } from "../../../fakes/aws/ecr-registry.ts";
import { instantRetry } from "../../../fakes/oci-client.ts";
import { lifecycle } from "./lifecycle-words.ts";

const GATE = "arn:aws:iam::123456789012:role/moorgate";
const HELD = "quarantine/team/app";
const WELL = [["nothing-found", "well", "set-up"]];
const TO_COME = ["quarantine-open", "mend", "repositories to come in quarantine/"];

let aws: FakeAws;
let home: EcrRegistry;
beforeEach(async () => {
  aws = await serveAws({ roles: [{ arn: GATE }], regions: ["eu-central-1", "eu-west-1"] });
  home = aws.registry();
  home.create("team/app");
  home.state.templates.set("quarantine", template({}));
});
afterEach(() => aws.close());

/** Nobody pulls but the gate. */
const shut = (more: object = {}): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Deny",
      Principal: "*",
      Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Condition: { ArnNotLike: { "aws:PrincipalArn": GATE } },
      ...more,
    },
  });

function template(more: object): Readonly<Record<string, unknown>> {
  return { prefix: "quarantine", appliedFor: ["CREATE_ON_PUSH"], repositoryPolicy: shut(), ...more };
}

/** A gate that moves what it holds, or one that archives it; codes with states and places. */
async function look(hold: AwsAccess["hold"] = "quarantine-repository", enforces = true): Promise<readonly unknown[]> {
  const access = { account: home.account, region: home.region, endpoint: aws.endpoint, role: GATE, hold };
  const settings = { host: parseRegistryHost(home.host), quarantine: "quarantine", aws: access };
  const setup = openEcrSetup(settings, { retry: instantRetry(), keys: async () => aws.credentials() });
  const demand: SetupDemand = {
    enforces,
    askedOf: () => ({ scan: "none", signature: false, notation: false, signingProfiles: [] }),
    movedTags: [],
    leavesUntagged: false,
    watched: new Set([parseRegistryHost(`${home.account}.dkr.ecr.eu-west-1.amazonaws.com`)]),
  };
  const findings: readonly SetupFinding[] = await setup.look(demand);
  return findings.map(({ code, state, places }) => [code, state, ...places]);
}

function createHeld(policy: string | undefined, settings: Parameters<EcrRegistry["create"]>[1] = {}): void {
  home.create(HELD, settings);
  const repository = home.state.repositories.get(HELD);
  if (repository !== undefined && policy !== undefined) repository.policyText = policy;
}

test("nothing stands against a quarantine that is shut, and will be where it is yet to come", async () => {
  createHeld(shut());
  const events = aws.events.length;
  expect(await look()).toEqual(WELL);
  // A trail records the question too whether the gate may delete.
  expect(aws.events.slice(events).map(({ detail }) => detail)).toEqual([
    expect.objectContaining({ eventName: "BatchDeleteImage", responseElements: expect.objectContaining({ imageIds: [] }) }),
  ]);
});

test.each<[string, string | undefined]>([
  ["no policy", undefined],
  ["a policy that denies something else", shut({ Action: "ecr:PutImage" })],
  ["a policy that denies somebody", shut({ Principal: { AWS: "123456789012" } })],
  ["a policy that denies under a condition on the call", shut({ Condition: { NotIpAddress: { "aws:SourceIp": "10.0.0.0/8" } } })],
  ["a policy that allows", shut({ Effect: "Allow" })],
])("a quarantine with %s is open to whoever may pull from all repositories", async (_, policy) => {
  createHeld(policy);
  expect(await look()).toContainEqual(["quarantine-open", "mend", `repository ${HELD}`]);
  expect((await look("archive")).flat()).not.toContain("quarantine-open");
  expect((await look("quarantine-repository", false)).flat()).not.toContain("quarantine-open");
});

test.each<[string, Readonly<Record<string, unknown>> | undefined]>([
  ["there is no template for it", undefined],
  ["its template is for copies alone", template({ appliedFor: ["REPLICATION"] })],
])("a quarantine that is yet to come is open where %s", async (_, given) => {
  home.state.templates.clear();
  if (given !== undefined) home.state.templates.set("quarantine", given);
  expect(await look()).toEqual([TO_COME]);
  expect(await look("archive")).toEqual(WELL);
});

test("a template for a quarantine that leaves it open is to be mended", async () => {
  home.state.templates.set("quarantine", { prefix: "quarantine", appliedFor: ["CREATE_ON_PUSH"] });
  expect(await look()).toEqual([["quarantine-open", "mend", "creation template quarantine"]]);
});

test("what is held is not to be expired nor archived, and the archive is of no concern to a gate that moves", async () => {
  const expiring = lifecycle({ storage: "archive", by: "sinceImageTransitioned", number: 90, does: "expire" });
  const archiving = lifecycle({ by: "imageCountMoreThan", number: 10, does: "transition" });
  const put = (name: string, text: string) => {
    const repository = home.state.repositories.get(name);
    if (repository !== undefined) repository.lifecycle = { text, evaluatedAt: 0 };
  };
  put("team/app", expiring);
  expect(await look()).toEqual(WELL);
  expect(await look("archive")).toEqual([["lifecycle-expires-held", "mend", "lifecycle of team/app, rule 7"]]);
  createHeld(shut());
  put(HELD, archiving);
  expect(await look()).toEqual([["lifecycle-expires-kept", "mend", `lifecycle of ${HELD}, rule 7`]]);
  home.state.templates.set("quarantine", template({ lifecyclePolicy: archiving }));
  expect((await look()).flat()).toContain("lifecycle of creation template quarantine, rule 7");
});

test("tags that the gate moves in the quarantine can be moved there", async () => {
  createHeld(shut(), { imageTagMutability: "IMMUTABLE" });
  expect(await look()).toEqual([["tags-frozen", "mend", `repository ${HELD}`]]);
  expect(await look("archive")).toEqual(WELL);
});

test.each([
  [undefined, true],
  ["quar", true],
  ["quarantine/team", true],
  ["team/", false],
])("a rule that copies repositories whose names begin with %s copies what is held: %s", async (filter, copies) => {
  const only = filter === undefined ? {} : { repositoryFilters: [{ filter, filterType: "PREFIX_MATCH" }] };
  home.state.replication = { rules: [{ destinations: [{ registryId: home.account, region: "eu-west-1" }], ...only }] };
  expect((await look()).flat().includes("quarantine-replicated")).toBe(copies);
  expect((await look("archive")).flat()).not.toContain("quarantine-replicated");
});

test("a gate that may not delete cannot hold by moving, and needs no right to archive", async () => {
  aws.decide = ({ operation }) => (operation === "BatchDeleteImage" ? "deny" : "pass");
  expect(await look()).toEqual([["may-not-hold", "mend", "right to hold in team/app"]]);
  expect(await look("archive")).toEqual(WELL);
  aws.decide = ({ operation }) => (operation === "UpdateImageStorageClass" ? "deny" : "pass");
  expect(await look()).toEqual(WELL);
});

test("a policy that denies what moving needs is told, and none that denies the archive", async () => {
  const repository = home.state.repositories.get("team/app");
  const deny = (Action: string) => {
    if (repository !== undefined) repository.policyText = shut({ Action, Condition: {} });
  };
  deny("ecr:InitiateLayerUpload");
  expect([(await look()).flat(), (await look("archive")).flat()].map((all) => all.includes("policy-denies-gate"))).toEqual([true, false]);
  deny("ecr:UpdateImageStorageClass");
  expect([(await look()).flat(), (await look("archive")).flat()].map((all) => all.includes("policy-denies-gate"))).toEqual([false, true]);
});

import {
  CreateRepositoryCreationTemplateCommand,
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryPolicyCommand,
  DeleteSigningConfigurationCommand,
  ECRClient,
  PutAccountSettingCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  PutRegistryPolicyCommand,
  PutRegistryScanningConfigurationCommand,
  PutReplicationConfigurationCommand,
  PutSigningConfigurationCommand,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DRIFT_CALLS } from "../../../../shared/providers/aws/events-drift.ts";
import { type FakeAws, serveAws } from "../../../fakes/aws/aws.ts";
import { ACCOUNT, DIGEST, HOST, read, trailEvent } from "../../../fixtures/aws-events.ts";

let aws: FakeAws;
let client: ECRClient;
beforeAll(async () => {
  aws = await serveAws();
  aws.registry().create("shop/api");
  client = new ECRClient({ region: "eu-central-1", endpoint: aws.endpoint, credentials: aws.credentials() });
});
afterAll(async () => {
  client.destroy();
  await aws.close();
});

const REPOSITORY = { repositoryName: "shop/api" };
const POLICY = JSON.stringify({ Statement: [{ Effect: "Deny", Principal: "*", Action: "ecr:BatchGetImage" }] });
const LIFECYCLE = JSON.stringify({
  rules: [
    { rulePriority: 1, selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 }, action: { type: "expire" } },
  ],
});
const SIGNING = { rules: [{ signingProfileArn: `arn:aws:signer:eu-central-1:${ACCOUNT}:/signing-profiles/build` }] };

/** Each call of the real SDK, whose record the fake has written as CloudTrail does: what is told of it. */
const CALLS = [
  ["lifecycle", { after: LIFECYCLE }, () => client.send(new PutLifecyclePolicyCommand({ ...REPOSITORY, lifecyclePolicyText: LIFECYCLE }))],
  ["lifecycle", { before: LIFECYCLE }, () => client.send(new DeleteLifecyclePolicyCommand(REPOSITORY))],
  ["repository-policy", { after: POLICY }, () => client.send(new SetRepositoryPolicyCommand({ ...REPOSITORY, policyText: POLICY }))],
  ["repository-policy", { before: POLICY }, () => client.send(new DeleteRepositoryPolicyCommand(REPOSITORY))],
  [
    "tag-mutability",
    { after: "IMMUTABLE" },
    () => client.send(new PutImageTagMutabilityCommand({ ...REPOSITORY, imageTagMutability: "IMMUTABLE" })),
  ],
  ["registry-policy", { after: POLICY }, () => client.send(new PutRegistryPolicyCommand({ policyText: POLICY }))],
  [
    "scanning",
    { after: '{"scanType":"BASIC","rules":[]}' },
    () => client.send(new PutRegistryScanningConfigurationCommand({ scanType: "BASIC", rules: [] })),
  ],
  ["signing", { after: JSON.stringify(SIGNING) }, () => client.send(new PutSigningConfigurationCommand({ signingConfiguration: SIGNING }))],
  ["signing", { before: JSON.stringify(SIGNING) }, () => client.send(new DeleteSigningConfigurationCommand({}))],
  [
    "replication",
    { after: '{"rules":[]}' },
    () => client.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: [] } })),
  ],
  [
    "creation-template",
    { after: '{"prefix":"shop","appliedFor":["REPLICATION"]}' },
    () => client.send(new CreateRepositoryCreationTemplateCommand({ prefix: "shop", appliedFor: ["REPLICATION"] })),
  ],
  [
    "account-setting",
    { after: '{"name":"REGISTRY_POLICY_SCOPE","value":"V1"}' },
    () => client.send(new PutAccountSettingCommand({ name: "REGISTRY_POLICY_SCOPE", value: "V1" })),
  ],
] as const;

test.each(CALLS)("a change of %s is told as the record has it: who, where, and %j", async (control, values, call) => {
  const before = aws.events.length;
  await call();
  const [event] = aws.events.slice(before);
  const { events, changes, skipped } = read(event);
  expect({ events, skipped }).toEqual({ events: [], skipped: [] });
  expect(changes).toEqual([
    expect.objectContaining({ source: "ecr", registry: HOST, control, ...values, actor: `arn:aws:iam::${ACCOUNT}:user/gate` }),
  ]);
  const isOfOne = ["lifecycle", "repository-policy", "tag-mutability"].includes(control);
  expect(changes?.[0]?.repository).toBe(isOfOne ? "shop/api" : undefined);
});

test.each(Object.entries(DRIFT_CALLS).flatMap(([eventSource, calls]) => calls.map((call) => [eventSource, call] as const)))(
  "%s %s is a change, and is none where it was refused, or is of another account's registry",
  (eventSource, call) => {
    const told = (request: object, more: object = {}) => read(trailEvent(call, { ...request }, { eventSource, ...more })).changes;
    expect(told({})).toMatchObject([{ call, id: "record-1", registry: HOST, actor: `arn:aws:sts::${ACCOUNT}:assumed-role/ci/build-7` }]);
    expect(told({}, { errorCode: "AccessDenied" })).toBeUndefined();
    expect(told({ registryId: "999999999999" })).toBeUndefined();
  },
);

test("the signer's records come under its own name, and of its calls that only read nothing is told", () => {
  const revoked = {
    ...trailEvent("RevokeSignature", { jobId: "job-1", reason: "stolen" }, { eventSource: "signer.amazonaws.com" }),
    source: "aws.signer",
  };
  expect(read(revoked).changes).toMatchObject([{ control: "signing-profile", after: '{"jobId":"job-1","reason":"stolen"}' }]);
  const asked = trailEvent("GetSigningProfile", { profileName: "build" }, { eventSource: "signer.amazonaws.com" });
  expect(read(asked).changes).toBeUndefined();
  expect(read(asked).skipped).toHaveLength(1);
});

test("a restore from the archive names its image, and is a push too; what is archived is let out nowhere", () => {
  const stored = (targetStorageClass: string) =>
    read(trailEvent("UpdateImageStorageClass", { repositoryName: "shop/api", imageId: { imageDigest: DIGEST }, targetStorageClass }));
  expect(stored("STANDARD")).toMatchObject({
    events: [{ kind: "pushed" }],
    changes: [{ control: "storage-class", repository: "shop/api", digest: DIGEST }],
  });
  expect(stored("ARCHIVE").changes).toBeUndefined();
});

test.each(["constructor", "toString", "PutImage", "DescribeImages", "CreateRepository", ""])("%s changes no set-up", (call) => {
  expect(read(trailEvent(call, { repositoryName: "shop/api" })).changes).toBeUndefined();
});

test("what was set is cut, and a name that is no repository's stands for the registry", () => {
  const [change] = read(trailEvent("SetRepositoryPolicy", { repositoryName: "No Name", policyText: "x".repeat(20_000) })).changes ?? [];
  expect(change?.after?.length).toBe(1_000);
  expect(change).not.toHaveProperty("repository");
});

test("a record without an id is told of nothing: it could not be told once", () => {
  expect(read({ ...trailEvent("PutLifecyclePolicy", {}, { eventID: undefined }), id: "" }).changes).toBeUndefined();
});

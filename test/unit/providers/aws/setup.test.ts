import { afterEach, expect, test } from "vitest";
import { parseRegistryHost } from "../../../../shared/domain/image-ref.ts";
import type { SetupFinding } from "../../../../shared/domain/setup-finding.ts";
import { parseDuration } from "../../../../shared/domain/time.ts";
import type { AwsAccess } from "../../../../shared/ports/provider.ts";
import type { AskedOfRepository, SetupDemand } from "../../../../shared/ports/registry-setup.ts";
import { openEcrSetup } from "../../../../shared/providers/aws/setup.ts";
import { type AwsOptions, type FakeAws, serveAws } from "../../../fakes/aws/aws.ts";
import type { EcrRegistry } from "../../../fakes/aws/ecr-registry.ts";
import { instantRetry } from "../../../fakes/oci-client.ts";
import { type LifecycleWords, lifecycle } from "./lifecycle-words.ts";

const OTHER = "eu-west-1";
const FAR = "210987654321";
const PROFILE = "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/build";
const GATE = "arn:aws:iam::123456789012:role/moorgate";
const ASKED: AskedOfRepository = { scan: "none", signature: false, notation: false, signingProfiles: [] };
const DEMAND: SetupDemand = { enforces: true, askedOf: () => ASKED, movedTags: [], leavesUntagged: false, watched: new Set() };

let aws: FakeAws;
let home: EcrRegistry;
afterEach(() => aws.close());

async function open(options: AwsOptions = {}): Promise<void> {
  aws = await serveAws({ regions: ["eu-central-1", OTHER], accounts: ["123456789012", FAR], ...options });
  home = aws.registry();
  home.create("team/app");
}

function look(demand: Partial<SetupDemand> = {}, access: AwsAccess = {}): Promise<readonly SetupFinding[]> {
  const { account, region } = home;
  const setup = openEcrSetup(
    { host: parseRegistryHost(home.host), quarantine: "quarantine", aws: { account, region, endpoint: aws.endpoint, ...access } },
    { retry: instantRetry(), keys: async () => aws.credentials() },
  );
  return setup.look({ ...DEMAND, ...demand });
}

const short = (findings: readonly SetupFinding[]) => findings.map(({ code, state, places }) => [code, state, ...places]);

/** As the service takes it, so that no test has a policy that ECR would refuse. */
async function putLifecycle(words: LifecycleWords, repository = "team/app"): Promise<void> {
  const { ECRClient, PutLifecyclePolicyCommand } = await import("@aws-sdk/client-ecr");
  const client = new ECRClient({ region: home.region, endpoint: aws.endpoint, credentials: aws.credentials() });
  await client.send(new PutLifecyclePolicyCommand({ repositoryName: repository, lifecyclePolicyText: lifecycle(words) }));
  client.destroy();
}

const AT = "lifecycle of team/app, rule 7";

test("of a registry in which nothing stands against the gate it is said that nothing does, and changes nothing there", async () => {
  await open();
  const before = aws.events.length;
  expect(short(await look())).toEqual([["nothing-found", "well", "set-up"]]);
  expect(aws.events.slice(before)).toEqual([]);
});

test.each<[string, LifecycleWords, Partial<SetupDemand>, readonly unknown[]]>([
  [
    "expires what is archived, which the gate holds for ever",
    { storage: "archive", by: "sinceImageTransitioned", number: 90, does: "expire" },
    {},
    [["lifecycle-expires-held", "mend", AT]],
  ],
  [
    "expires what is archived, before the policy deletes it",
    { storage: "archive", by: "sinceImageTransitioned", number: 90, does: "expire" },
    { heldFor: parseDuration("91d") },
    [["lifecycle-expires-held", "mend", AT]],
  ],
  [
    "expires what is archived, when the policy has deleted it",
    { storage: "archive", by: "sinceImageTransitioned", number: 90, does: "expire" },
    { heldFor: parseDuration("90d") },
    [["nothing-found", "well", "set-up"]],
  ],
  [
    "expires what is archived by its number",
    { storage: "archive", by: "imageCountMoreThan", number: 500, does: "expire" },
    { heldFor: parseDuration("1d") },
    [["lifecycle-expires-held", "mend", AT]],
  ],
  [
    "expires what has no tag, where the gate takes tags away",
    { status: "untagged", by: "sinceImagePushed", number: 1, does: "expire" },
    { leavesUntagged: true },
    [["lifecycle-expires-untagged", "mend", AT]],
  ],
  [
    "expires what has no tag, where the gate takes none away",
    { status: "untagged", by: "sinceImagePushed", number: 1, does: "expire" },
    {},
    [["nothing-found", "well", "set-up"]],
  ],
  [
    "counts signatures as images",
    { by: "imageCountMoreThan", number: 10, does: "expire" },
    { askedOf: () => ({ ...ASKED, signature: true }) },
    [["lifecycle-expires-signatures", "mend", AT]],
  ],
  [
    "counts signatures as images by a pattern",
    { status: "tagged", patterns: ["sha256-*"], by: "imageCountMoreThan", number: 10, does: "expire" },
    { askedOf: () => ({ ...ASKED, signature: true }) },
    [["lifecycle-expires-signatures", "mend", AT]],
  ],
  [
    "has patterns of which one leaves signatures out",
    { status: "tagged", patterns: ["*", "*-dev"], by: "imageCountMoreThan", number: 10, does: "expire" },
    { askedOf: () => ({ ...ASKED, signature: true }) },
    [["nothing-found", "well", "set-up"]],
  ],
  [
    "has a prefix that no signature has",
    { status: "tagged", prefixes: ["dev"], by: "imageCountMoreThan", number: 10, does: "expire" },
    { askedOf: () => ({ ...ASKED, signature: true }) },
    [["nothing-found", "well", "set-up"]],
  ],
  [
    "archives by number what the gate may have released",
    { by: "imageCountMoreThan", number: 10, does: "transition" },
    {},
    [["lifecycle-archives-released", "unknown", AT]],
  ],
  [
    "goes by the last pull, which the gate's reading is",
    { by: "sinceImagePulled", number: 30, does: "transition" },
    {},
    [["lifecycle-counts-own-pulls", "mend", "lifecycle of team/app"]],
  ],
])("a lifecycle policy that %s", async (_, words, demand, expected) => {
  await open();
  await putLifecycle(words);
  expect(short(await look(demand))).toEqual(expected);
});

test("a lifecycle policy deletes nothing where the gate keeps what it reads of held images", async () => {
  await open();
  home.create("quarantine/team/app");
  await putLifecycle({ by: "sinceImagePushed", number: 30, does: "expire" }, "quarantine/team/app");
  expect(short(await look())).toEqual([["lifecycle-expires-kept", "mend", "lifecycle of quarantine/team/app, rule 7"]]);
});

test("the gate's pulls are left out where its principal is registered, and not where another is", async () => {
  await open();
  await putLifecycle({ by: "sinceImagePulled", number: 30, does: "transition" });
  home.state.pullExclusions.set("arn:aws:iam::123456789012:role/another", 0);
  expect(short(await look({}, { principal: GATE }))).toEqual([["lifecycle-counts-own-pulls", "mend", "lifecycle of team/app"]]);
  home.state.pullExclusions.set(GATE, 0);
  expect(short(await look({}, { principal: GATE }))).toEqual([["nothing-found", "well", "set-up"]]);
});

test("what the policy wants scanned and nothing scans is to be mended, and not known where others may scan it", async () => {
  await open();
  const asking = (scan: AskedOfRepository["scan"]) => look({ askedOf: () => ({ ...ASKED, scan }) });
  const at = "scanning of team/app";
  expect(short(await asking("required"))).toEqual([["scan-off", "mend", at]]);
  expect(short(await asking("perhaps"))).toEqual([["scan-off", "unknown", at]]);
  expect(short(await asking("none"))).toEqual([["nothing-found", "well", "set-up"]]);
  const rule = { scanFrequency: "SCAN_ON_PUSH", repositoryFilters: [{ filter: "other*", filterType: "WILDCARD" }] };
  home.state.scanning = { scanType: "ENHANCED", rules: [rule] };
  expect(short(await asking("required"))).toEqual([["scan-off", "mend", at]]);
  home.state.scanning = { scanType: "ENHANCED", rules: [{ ...rule, repositoryFilters: [{ filter: "team*", filterType: "WILDCARD" }] }] };
  expect(short(await asking("required"))).toEqual([["nothing-found", "well", "set-up"]]);
});

test("one scan at the push is too few where the policy wants young ones, and continuous scanning is enough", async () => {
  await open();
  const demand = { askedOf: () => ({ ...ASKED, scan: "required", scanMaxAge: parseDuration("7d") }) as const };
  const filters = [{ filter: "*", filterType: "WILDCARD" }];
  home.state.scanning = { scanType: "ENHANCED", rules: [{ scanFrequency: "SCAN_ON_PUSH", repositoryFilters: filters }] };
  expect(short(await look(demand))).toEqual([["scan-once", "mend", "scanning of team/app"]]);
  home.state.scanning = { scanType: "ENHANCED", rules: [{ scanFrequency: "CONTINUOUS_SCAN", repositoryFilters: filters }] };
  expect(short(await look(demand))).toEqual([["nothing-found", "well", "set-up"]]);
});

test("a replica is to be within reach, and to be watched", async () => {
  await open();
  const to = (registryId: string, region: string) => ({ rules: [{ destinations: [{ registryId, region }] }] });
  home.state.replication = to(home.account, OTHER);
  expect(short(await look())).toEqual([["replica-not-watched", "mend", `replica ${home.account}/${OTHER}`]]);
  const watched = new Set([parseRegistryHost(`${home.account}.dkr.ecr.${OTHER}.amazonaws.com`)]);
  expect(short(await look({ watched }))).toEqual([["nothing-found", "well", "set-up"]]);
  home.state.replication = to(FAR, OTHER);
  expect(short(await look())).toEqual([
    ["replica-out-of-reach", "mend", `replica ${FAR}/${OTHER}`],
    ["replica-not-watched", "mend", `replica ${FAR}/${OTHER}`],
  ]);
});

test("a replica whose account refuses the gate is out of reach, and of one that does not answer it is not known", async () => {
  await open();
  home.state.replication = { rules: [{ destinations: [{ registryId: home.account, region: OTHER }] }] };
  const watched = new Set([parseRegistryHost(`${home.account}.dkr.ecr.${OTHER}.amazonaws.com`)]);
  aws.decide = ({ region }) => (region === OTHER ? "deny" : "pass");
  expect(short(await look({ watched }))).toEqual([["replica-out-of-reach", "mend", `replica ${home.account}/${OTHER}`]]);
  aws.decide = ({ region }) => (region === OTHER ? "fail" : "pass");
  expect(short(await look({ watched }))).toEqual([["replica-out-of-reach", "unknown", `replica ${home.account}/${OTHER}`]]);
});

test("tags that the policy moves can be moved, in repositories and in those that a template makes later", async () => {
  await open();
  const filter = { filterType: "WILDCARD", filter: "release-*" };
  home.create("team/frozen", { imageTagMutability: "IMMUTABLE" });
  home.create("team/spared", { imageTagMutability: "IMMUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters: [filter] });
  home.state.templates.set("team", { prefix: "team", appliedFor: ["REPLICATION"], imageTagMutability: "IMMUTABLE" });
  expect(short(await look({ movedTags: ["release-*"] }))).toEqual([
    ["tags-frozen", "mend", "creation template team", "tags of team/frozen"],
  ]);
  expect(short(await look({ movedTags: ["*-stable"] }))).toEqual([
    ["tags-frozen", "mend", "creation template team", "tags of team/frozen"],
    ["tags-frozen", "unknown", "tags of team/spared"],
  ]);
  expect(short(await look({ movedTags: [] }))).toEqual([["nothing-found", "well", "set-up"]]);
});

const denial = (more: object): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: { Sid: "Shut", Effect: "Deny", Principal: "*", Action: "ecr:BatchGetImage", ...more },
  });

test("policies of the registry and of templates are held against the gate too", async () => {
  await open();
  home.state.policyText = denial({});
  home.state.templates.set("ROOT", {
    prefix: "ROOT",
    appliedFor: ["CREATE_ON_PUSH"],
    repositoryPolicy: denial({ Action: "ecr:UpdateImageStorageClass" }),
    lifecyclePolicy: lifecycle({ storage: "archive", by: "sinceImageTransitioned", number: 90, does: "expire" }),
  });
  const expected = [
    ["policy-denies-gate", "mend", "policy of the registry, statement Shut"],
    ["policy-denies-gate", "mend", "policy of creation template ROOT, statement Shut"],
    ["lifecycle-expires-held", "mend", "lifecycle of creation template ROOT, rule 7"],
  ];
  // The registry's policy shuts nothing of what is asked here.
  expect(short(await look())).toEqual(expected);
  expect(short(await look({ enforces: false }))).toEqual([expected[0], expected[2]]);
});

test("the registry signs with what the policy trusts, or somebody has to look", async () => {
  await open();
  const asking = (signingProfiles: AskedOfRepository["signingProfiles"]) =>
    look({ askedOf: () => ({ ...ASKED, notation: true, signingProfiles }) });
  expect(short(await asking([PROFILE]))).toEqual([["signing-not-set-up", "unknown", "signing of team/app"]]);
  expect(short(await asking([PROFILE.replace("eu-central-1", OTHER)]))).toEqual([["nothing-found", "well", "set-up"]]);
  home.state.signing = { rules: [{ signingProfileArn: PROFILE, repositoryFilters: [{ filter: "team/*", filterType: "WILDCARD_MATCH" }] }] };
  expect(short(await asking([]))).toEqual([["signing-not-trusted", "mend", "signing of team/app"]]);
  expect(short(await asking([`${PROFILE}er`]))).toEqual([["signing-not-trusted", "mend", "signing of team/app"]]);
  for (const trusted of ["any", [PROFILE], [`${PROFILE}/abcdef0123`]] as const)
    expect(short(await asking(trusted))).toEqual([["nothing-found", "well", "set-up"]]);
  home.state.signing = { rules: [{ signingProfileArn: PROFILE, repositoryFilters: [{ filter: "shop/*", filterType: "WILDCARD_MATCH" }] }] };
  expect(short(await asking([PROFILE]))).toEqual([["signing-not-set-up", "unknown", "signing of team/app"]]);
});

test("who may not ask is told so for each question, and never that all is well", async () => {
  await open();
  aws.decide = ({ operation }) => (operation === "DescribeRepositories" || operation === "UpdateImageStorageClass" ? "pass" : "deny");
  const findings = await look({ askedOf: () => ({ ...ASKED, scan: "required" }) });
  const actions = findings.map(({ next = "" }) => next.slice(next.indexOf("ecr:")));
  expect(new Set(findings.map(({ code, state }) => `${code} ${state}`))).toEqual(new Set(["may-not-ask unknown"]));
  expect(actions.toSorted()).toEqual([
    "ecr:BatchGetRepositoryScanningConfiguration",
    "ecr:DescribeRegistry",
    "ecr:DescribeRepositoryCreationTemplates",
    "ecr:GetLifecyclePolicy",
    "ecr:GetRegistryPolicy",
    "ecr:GetRepositoryPolicy",
    "ecr:GetSigningConfiguration",
  ]);
});

test("a registry that cannot be listed is not known, and so is one that does not answer", async () => {
  await open();
  aws.decide = ({ operation }) => (operation === "DescribeRepositories" ? "deny" : "pass");
  expect(short(await look())).toEqual([["may-not-ask", "unknown", "repositories"]]);
  aws.decide = () => "fail";
  expect(new Set((await look()).map(({ state }) => state))).toEqual(new Set(["unknown"]));
});

test("a gate that may not archive cannot hold: sure where it is asked in its role, and not in a dry run", async () => {
  const role = "arn:aws:iam::123456789012:role/moorgate";
  await open({ roles: [{ arn: role }] });
  aws.decide = ({ operation }) => (operation === "UpdateImageStorageClass" ? "deny" : "pass");
  expect(short(await look({}, { role }))).toEqual([["may-not-hold", "mend", "right to hold in team/app"]]);
  expect(short(await look())).toEqual([["may-not-hold", "unknown", "right to hold in team/app"]]);
  expect(short(await look({ enforces: false }, { role }))).toEqual([["nothing-found", "well", "set-up"]]);
});

test("what is the same of many repositories is said once, with each of them", async () => {
  await open();
  for (let number = 0; number < 60; number += 1) home.create(`shop/${number}`);
  const [finding, ...more] = await look({ askedOf: () => ({ ...ASKED, scan: "required" }) });
  expect(more).toEqual([]);
  expect(finding?.places).toHaveLength(61);
});

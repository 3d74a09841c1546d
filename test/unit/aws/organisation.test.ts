import { expect, test } from "vitest";
import { DRIFT_CALLS } from "../../../shared/providers/aws/events-drift.ts";
import { type Statement, starFaults, statementsOf } from "./policies.ts";
import { referenceFaults } from "./references.ts";
import { safeguardFaults } from "./safeguards.ts";
import { at, isObject, listOf, ofType, readTemplate, type Template, within } from "./template.ts";
import { partOfHub, written } from "./written.ts";

const PATH = "infra/aws/organisation.yml";
const organisation = readTemplate(JSON.stringify(written(PATH)));

const hub = { rules: partOfHub("rules"), roles: partOfHub("roles"), queues: partOfHub("queues") };

/** As the hub spells what a parameter stands for here. */
function asInHub(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll('{"Fn::Sub":"moorgate-${Stage}-member"}', '"moorgate-${sls:stage}-member"')
    .replaceAll('{"Ref":"MarkSuffix"}', `"\${param:markSuffix, '-violating'}"`);
  return JSON.parse(text);
}

const PATTERNS = ["ImageRule", "RegistryRule", "ScanRule", "FindingRule", "CallRule", "SignerRule", "ServiceRule"];

test("in the template for an organisation every name leads somewhere, nothing is open, and what is not taken is kept", () => {
  expect([...referenceFaults(organisation), ...starFaults(organisation)]).toEqual([]);
  // Encrypted, under a key of SQS: one of ours would be paid for in every account.
  expect(safeguardFaults(organisation)).toEqual([
    "Undelivered: under no key of ours",
    "Undelivered: no alarm on ApproximateNumberOfMessagesVisible",
  ]);
  expect(organisation.Resources["Undelivered"]?.Properties["SqsManagedSseEnabled"]).toBe(true);
});

test("the rules of other accounts send what the rules of the hub's bus take", () => {
  expect(ofType(organisation, "AWS::Events::Rule").map(([name]) => name)).toEqual(PATTERNS);
  for (const name of PATTERNS) {
    const here = at(organisation.Resources[name]?.Properties, "EventPattern");
    expect(isObject(here)).toBe(true);
    expect(asInHub(here)).toEqual(at(hub.rules, "Resources", `Hub${name}`, "Properties", "EventPattern"));
  }
});

/** What accounts show by name, each with the stage left out. */
function namesIn({ Resources }: Template): readonly string[] {
  return Object.values(Resources).flatMap(({ Properties }) =>
    ["Name", "QueueName", "RoleName"].flatMap((property) => {
      const name = Properties[property];
      const text = isObject(name) ? name["Fn::Sub"] : name;
      return typeof text === "string" ? text.replace(/\$\{(Stage|sls:stage)\}/, "STAGE") : [];
    }),
  );
}

test("where the hub's own account is among the targets, nothing has the name of what the hub has", () => {
  const taken = Object.values(hub).flatMap(namesIn);
  expect(taken).toEqual(expect.arrayContaining(["moorgate-STAGE-image", "moorgate-STAGE-undelivered"]));
  const names = namesIn(organisation);
  expect(names).toHaveLength(PATTERNS.length + 3);
  expect(names.filter((name) => taken.includes(name))).toEqual([]);
});

test("no region waits for the role of another one, and the names of roles are as short as IAM wants them", () => {
  const elsewhere = Object.entries(organisation.Resources).filter(([, { Condition }]) => Condition === "IsHome");
  expect(elsewhere.map(([name]) => name)).toEqual(["MemberRole"]);
  for (const [, { Properties }] of ofType(organisation, "AWS::Events::Rule"))
    expect(at(Properties, "Targets", 0, "RoleArn")).toEqual({ "Fn::GetAtt": ["ForwardRole", "Arn"] });
  const forward = at(organisation.Resources["ForwardRole"]?.Properties, "RoleName", "Fn::Sub");
  expect(forward).toContain("${AWS::Region}");
  // A stage has at most 16 characters, a region 14.
  const roles = namesIn({ ...organisation, Resources: { ...organisation.Resources, ...hub.roles.Resources } });
  const longest = roles.map((name) => name.replace("STAGE", "s".repeat(16)).replace("${AWS::Region}", "ap-southeast-1"));
  expect(longest.filter((name) => name.length > 64)).toEqual([]);
});

/** Actions on registries and grants of their keys, by the name of the statement. */
function registryActions(statements: readonly Pick<Statement, "sid" | "actions">[]): Record<string, readonly string[]> {
  const named = statements.map(
    ({ sid, actions }) => [sid, actions.filter((action) => /^(ecr|inspector2|signer):|^kms:\w+Grant$/.test(action))] as const,
  );
  return Object.fromEntries(named.filter(([, actions]) => actions.length > 0));
}

test("every call that is read as a change of a registry's set-up is let through, and no other but those on images", () => {
  const calls = (rule: string): readonly string[] =>
    [at(hub.rules, "Resources", rule, "Properties", "EventPattern", "detail", "eventName")].flat().map(String).toSorted();
  const onImages = ["BatchDeleteImage", "PutImage"];
  expect(calls("CallRule")).toEqual([...onImages, ...(DRIFT_CALLS["ecr.amazonaws.com"] ?? [])].toSorted());
  expect(calls("SignerRule")).toEqual(DRIFT_CALLS["signer.amazonaws.com"]?.toSorted());
});

test("no rule asks for more than EventBridge takes: 2048 characters", () => {
  // A stage has at most 16 of them.
  const textOf = (name: string): string => JSON.stringify(at(hub.rules, "Resources", name, "Properties", "EventPattern"));
  // And the name of a role 64.
  const lengths = PATTERNS.map((name) => textOf(name).replaceAll(/\{"Ref":"\w+"\}/g, `"${"r".repeat(64)}"`).length + 16);
  expect(lengths.filter((length) => length > 2_048)).toEqual([]);
  expect(Math.max(...lengths)).toBeGreaterThan(500);
});

test("the role in another account may do what the hub's functions do in their own, and no more", () => {
  const own = statementsOf(hub.roles).filter(({ of, principal }) => of === "OnScheduleRole" && principal === undefined);
  const member = statementsOf(organisation).filter(({ of, principal }) => of === "MemberRole" && principal === undefined);
  expect(registryActions(own)).not.toEqual({});
  expect(registryActions(member)).toEqual(registryActions(own));
});

test("a role in another account is taken by functions of the hub alone, who say the external id", () => {
  const trust = at(organisation.Resources["MemberRole"]?.Properties, "AssumeRolePolicyDocument", "Statement", 0);
  expect(at(trust, "Condition", "StringEquals", "sts:ExternalId")).toEqual({ Ref: "ExternalId" });
  const takers = listOf(at(trust, "Condition", "ArnLike", "aws:PrincipalArn")).map((arn) => String(at(arn, "Fn::Sub")));
  const assuming = statementsOf(hub.roles).filter(
    ({ principal, actions }) => principal === undefined && actions.includes("sts:AssumeRole"),
  );
  const names = assuming.map(({ of }) => String(at(hub.roles.Resources[of]?.Properties, "RoleName", "Fn::Sub")));
  // In whichever region the hub is; another stage whose name begins like this one's has other roles.
  const inTrust = names.map((name) => name.replace("${sls:stage}", "${Stage}").replace("${AWS::Region}", "*"));
  expect(names.length).toBeGreaterThan(1);
  expect(takers.map((arn) => arn.replace(/^.*:role\//, "")).toSorted()).toEqual(inTrust.toSorted());
});

test("unless it is enforced, a role in another account only reads, and has its own pulls left out only where that is asked for", () => {
  const policies = listOf(organisation.Resources["MemberRole"]?.Properties["Policies"]);
  const conditions = policies.map((policy) => at(policy, "Fn::If", 0) ?? "always");
  expect(conditions).toEqual(["always", "ExcludesPulls", "IsEnforced"]);
  const actions = policies.map((policy) => [...within(policy)].flatMap(([, value]) => listOf(at(value, "Action")).map(String)));
  expect(actions[0]?.filter((action) => !/:(BatchCheck|BatchGet|Describe|Get|List)/.test(action))).toEqual([]);
  expect(actions[1]).toEqual(["ecr:RegisterPullTimeUpdateExclusion"]);
  expect(organisation.Parameters).toMatchObject({
    Mode: { Default: "audit" },
    ExcludePulls: { Default: "false" },
    QuarantineKeyArns: { Default: "" },
    FindingSeverities: { Default: "CRITICAL,HIGH" },
  });
});

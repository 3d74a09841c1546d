import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { TASK_NAMES } from "../../../functions/aws/tasks.ts";
import { readDeployment } from "../../../infra/aws/deployment.ts";
import { plainTemplate } from "../../../infra/aws/plain-template.ts";
import { TABLE_DEFINITION, TTL_ATTRIBUTE } from "../../../shared/stores/dynamodb/definition.ts";
import { itemOf } from "../../../shared/stores/dynamodb/item.ts";
import { BREAKS } from "./breaks.ts";
import { compile, FUNCTIONS, ROOT, STAGE } from "./compiled.ts";
import type { Draft } from "./draft.ts";
import { actionsOf, type Grant, grantedTo, grantFaults, neededBy, WITHHELD } from "./grants.ts";
import { handingOverFaults } from "./handing-over.ts";
import { permissionsPage } from "./permissions.ts";
import { idleExceptions, starFaults, statementsOf } from "./policies.ts";
import { referenceFaults } from "./references.ts";
import { safeguardFaults } from "./safeguards.ts";
import { type Code, readCode, shaken } from "./shaken.ts";
import { at, isObject, listOf, ofType, readTemplate, type Template, target, within } from "./template.ts";

let template: Template;
let codes: ReadonlyMap<string, Code>;
beforeAll(async () => {
  const bundled = Promise.all(FUNCTIONS.map(async (name) => [name, await shaken(ROOT, `functions/aws/${name}.ts`)] as const));
  template = compile();
  codes = new Map(await bundled);
}, 60_000);

const faultsOf = (each: Template): readonly string[] => [
  ...referenceFaults(each),
  ...starFaults(each),
  ...safeguardFaults(each),
  ...handingOverFaults(each),
];

test("osls makes a template offline and without credentials, in which every name leads somewhere and nothing is open or lost", () => {
  expect(faultsOf(template)).toEqual([]);
});

test("no action is let off its resource that nobody is granted", () => {
  expect(idleExceptions(template)).toEqual([]);
});

test("without osls the template takes its code from a bucket that is there, and is the same in all else", () => {
  const plain = readTemplate(plainTemplate(JSON.stringify(template), "moorgate/1/"));
  expect(faultsOf(plain)).toEqual([]);
  expect(JSON.stringify(plain)).not.toMatch(/ServerlessDeployment|"Export"/);
  const code = ofType(plain, "AWS::Lambda::Function").map(([, { Properties }]) => at(Properties, "Code"));
  expect(code).toEqual(FUNCTIONS.map(() => ({ S3Bucket: { Ref: "CodeBucket" }, S3Key: "moorgate/1/code.zip" })));
  const withoutCode = (each: Template) => JSON.stringify(each.Resources, (name, value: unknown) => (name === "Code" ? undefined : value));
  const { ServerlessDeploymentBucket: _, ServerlessDeploymentBucketPolicy: __, ...rest } = template.Resources;
  expect(withoutCode(plain)).toBe(withoutCode({ ...template, Resources: rest }));
});

test("the page on permissions explains every grant as the template has it", async () => {
  await expect(permissionsPage(template)).toMatchFileSnapshot("../../../.github/docs/aws-permissions.md");
});

test("whoever runs doctor is granted what it asks of a registry's set-up and nothing else, least of all to hold", async () => {
  const asked = actionsOf(await shaken(ROOT, "shared/providers/aws/setup.ts"));
  const granted = statementsOf(template).filter(({ of }) => of === "LookAtSetupPolicy");
  const holds = ["ecr:UpdateImageStorageClass", "ecr:BatchDeleteImage"];
  expect(asked).toEqual(expect.arrayContaining(holds));
  const asks = asked.filter((action) => action.startsWith("ecr:") && !holds.includes(action));
  expect(granted.flatMap(({ actions }) => actions).toSorted()).toEqual(asks);
});

test("the table is the one that the store expects", () => {
  const { Table } = template.Resources;
  const { BillingMode, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, StreamSpecification } = TABLE_DEFINITION;
  expect(Table?.Properties).toMatchObject({
    BillingMode,
    AttributeDefinitions,
    KeySchema,
    GlobalSecondaryIndexes,
    StreamSpecification: { StreamViewType: StreamSpecification.StreamViewType },
    TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
  });
});

test("what the account shows by name carries the stage", () => {
  const names = [...within(template.Resources)].flatMap(([path, value]) =>
    /\/Properties\/(RoleName|QueueName|TableName|TopicName|FunctionName|DashboardName|AlarmName|ManagedPolicyName|AliasName)$/.test(path)
      ? [[path, value]]
      : [],
  );
  const ofStage = names.filter(([, value]) => JSON.stringify(value).includes(`moorgate-${STAGE}`) || isObject(value));
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((each) => !ofStage.includes(each))).toEqual([]);
});

test("the stream wakes forward-audit for items that wait to be numbered, and for no others", () => {
  const stream = ofType(template, "AWS::Lambda::EventSourceMapping").find(
    ([, { Properties }]) => Properties["FilterCriteria"] !== undefined,
  );
  const patterns = at(stream?.[1].Properties, "FilterCriteria", "Filters");
  const [pattern, ...more] = (Array.isArray(patterns) ? patterns : []).map((one) => JSON.parse(String(at(one, "Pattern"))));
  expect(more).toEqual([]);
  const isWoken = (waits: boolean): boolean => {
    const item = itemOf(
      { pk: "image", sk: "record" },
      { rev: 1, writer: "one", body: { kind: "here", bytes: new Uint8Array() } },
      { waits },
    );
    return isMatch(pattern, { dynamodb: { NewImage: item } });
  };
  expect([isWoken(true), isWoken(false)]).toEqual([true, false]);
});

/** As Lambda filters, as far as the pattern goes: members have to be there, with one of the values of a list. */
function isMatch(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.includes(value);
  return isObject(pattern) && Object.entries(pattern).every(([name, inner]) => isMatch(inner, at(value, name)));
}

test("each schedule names a task that there is, and every task has one", () => {
  const targets = ofType(template, "AWS::Scheduler::Schedule").map(([, { Properties }]) => Properties["Target"]);
  const ofSchedule = targets.filter((each) => target(at(each, "Arn")) === "OnDashscheduleLambdaFunction");
  const named = ofSchedule.map((each) => String(at(JSON.parse(String(at(each, "Input"))), "task")));
  expect(named.toSorted()).toEqual(TASK_NAMES.toSorted());
});

test("the example beside the functions is the policy that only takes stock", () => {
  const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
  expect(read("infra/aws/example/policy.yaml")).toBe(read("infra/policies/audit-only.yaml"));
});

test("the hub's bus has the rules of the account's own, but for who is the gate in the calls that they tell", () => {
  const rules = ofType(template, "AWS::Events::Rule").map(([, { Properties }]) => Properties);
  const own = rules.filter((rule) => rule["EventBusName"] === undefined);
  const hub = rules.filter((rule) => rule["EventBusName"] !== undefined);
  const withoutCaller = (pattern: unknown): unknown =>
    JSON.parse(JSON.stringify(pattern, (name, value: unknown) => (name === "userIdentity" ? undefined : value)));
  const whole = (rule: (typeof rules)[number]) => [rule["Name"], withoutCaller(rule["EventPattern"]), rule["Targets"]];
  expect(hub.map(whole)).toEqual(own.map(whole));
});

test("the canary is not tried again, for a second message that comes through would hide the first", () => {
  const configs = ofType(template, "AWS::Lambda::EventInvokeConfig").map(([, { Properties }]) => Properties);
  const tries = configs.map(({ FunctionName, MaximumRetryAttempts }) => [target(FunctionName), MaximumRetryAttempts]);
  expect(tries.filter(([, retries]) => retries !== undefined)).toEqual([["CanaryLambdaFunction", 0]]);
});

test("events take half of what a new account allows all functions together, unless more is given", () => {
  const queued = ofType(template, "AWS::Lambda::EventSourceMapping").filter(
    ([, { Properties }]) => target(Properties["EventSourceArn"]) === "Events",
  );
  expect(queued.map(([, { Properties }]) => at(Properties, "ScalingConfig", "MaximumConcurrency"))).toEqual([
    { Ref: "MaximumConcurrency" },
  ]);
  expect(template.Parameters["MaximumConcurrency"]).toMatchObject({ Type: "Number", Default: "5", MinValue: 2 });
});

test("what alarms cost is counted by the metrics that they look at, without those of a hub", () => {
  const alarms = ofType(template, "AWS::CloudWatch::Alarm").filter(([, { Condition }]) => Condition === undefined);
  const metrics = alarms.flatMap(([, { Properties }]) => [...within(Properties)].filter(([path]) => path.endsWith("/MetricName")));
  expect(metrics.length).toBeGreaterThan(alarms.length);
  expect(readDeployment(ROOT).alarms).toBe(metrics.length);
});

test("functions run in a network with or without endpoints of ours, and those that are made serve all of it", () => {
  const made = ["AWS::EC2::VPCEndpoint", "AWS::EC2::SecurityGroup"].flatMap((type) => ofType(template, type));
  const { FunctionsGroup, ...endpoints } = Object.fromEntries(made.map(([name, { Condition }]) => [name, Condition]));
  expect(FunctionsGroup).toBe("InVpc");
  expect(new Set(Object.values(endpoints))).toEqual(new Set(["MakesEndpoints"]));
  const into = made.flatMap(([, { Properties }]) => Properties["SecurityGroupIngress"] ?? []);
  expect(into).toEqual([expect.objectContaining({ CidrIp: { Ref: "EndpointsCidr" } })]);
  expect(template.Conditions["MakesEndpoints"]).toEqual({
    "Fn::And": [{ Condition: "InVpc" }, { "Fn::Not": [{ "Fn::Equals": [{ Ref: "EndpointsCidr" }, ""] }] }],
  });
});

test("functions that call registries know the roles of one another, and the rules for calls leave out what these did and nobody else", () => {
  const functions = ofType(template, "AWS::Lambda::Function").map(([, { Properties }]) => Properties);
  const callers = functions.filter(({ Role }) => grantedActions(target(Role)).includes("ecr:PutImage"));
  const roles = callers.map(({ Role }) => Role);
  const told = callers.map((each) => at(each, "Environment", "Variables", "MOORGATE_ROLES", "Fn::Join", 1));
  expect(callers.length).toBeGreaterThan(1);
  for (const each of told) expect(each).toEqual(expect.arrayContaining(roles));
  expect(told.map((each) => Array.isArray(each) && each.length)).toEqual(roles.map(() => roles.length));
  const passedBy = (rule: string): readonly unknown[] => {
    const pattern = at(template.Resources[rule]?.Properties, "EventPattern", "detail", "userIdentity");
    return listOf(at(pattern, "sessionContext", "sessionIssuer", "userName", 0, "anything-but"));
  };
  // A role's name, whole, is what Ref says of it.
  const namesOf = (values: readonly unknown[]): readonly string[] => values.map((value) => target(value) ?? "").toSorted();
  expect(namesOf(passedBy("CallRule"))).toEqual(namesOf(roles));
  const taken = statementsOf(template).flatMap(({ actions, resources }) => (actions.includes("sts:AssumeRole") ? resources : []));
  const names = taken.flatMap((resource) => (isObject(resource) ? [String(resource["Fn::Sub"]).replace(/^.*:role\//, "")] : []));
  expect(passedBy("HubCallRule")).toEqual([...new Set(names)]);
});

function grantedActions(role: string | undefined): readonly string[] {
  return statementsOf(template).flatMap(({ of, effect, actions }) => (of === role && effect === "Allow" ? actions : []));
}

describe.each(FUNCTIONS)("the function %s", (name) => {
  const logicalName = (): string =>
    ofType(template, "AWS::Lambda::Function").find(
      ([, { Properties }]) => Properties["FunctionName"] === `moorgate-${STAGE}-${name}`,
    )?.[0] ?? "";
  const actions = (): readonly string[] => actionsOf(codes.get(name) ?? readCode(""));
  const needed = (): readonly Grant[] =>
    neededBy(
      template,
      logicalName(),
      actions().filter((action) => WITHHELD[name]?.actions.test(action) !== true),
    );

  test("has a role that is granted what its code calls and what Lambda does in its name, and nothing else", () => {
    expect(actions()).toContain("dynamodb:GetItem");
    expect(grantFaults(needed(), grantedTo(template, logicalName()))).toEqual([]);
  });

  test("is told by its environment what its code asks for, and nothing else", () => {
    const variables = at(template.Resources[logicalName()]?.Properties, "Environment", "Variables");
    const told = isObject(variables) ? Object.keys(variables) : [];
    const asked = codes.get(name)?.names("MOORGATE_") ?? [];
    expect(told.filter((each) => !asked.includes(each))).toEqual([]);
    const needs = {
      MOORGATE_STORE: "dynamodb:",
      MOORGATE_SECRETS: "secretsmanager:",
      MOORGATE_EVENTS_QUEUE: "sqs:",
      MOORGATE_ROLES: "ecr:",
    };
    const needed = Object.entries(needs).flatMap(([variable, service]) =>
      actions().some((one) => one.startsWith(service)) ? variable : [],
    );
    expect(told.toSorted()).toEqual(needed.toSorted());
  });

  test("is withheld only what its code could call", () => {
    const { actions: withheld } = WITHHELD[name] ?? {};
    expect(withheld === undefined || actions().some((action) => withheld.test(action))).toBe(true);
  });

  test("fails that comparison with any one action less, or one more", () => {
    const granted = grantedTo(template, logicalName());
    for (const less of granted)
      expect(
        grantFaults(
          needed(),
          granted.filter((grant) => grant !== less),
        ),
      ).toEqual([`is not granted ${less}`]);
    expect(grantFaults(needed(), [...granted, "dynamodb:Scan"])).toEqual(["is granted dynamodb:Scan, which nothing needs"]);
  });
});

test("what code calls is read from its imports, at once or later, and a client taken as a whole is refused", () => {
  const read = readCode(
    [
      'import { ECRClient, PutImageCommand as P, paginateDescribeImages } from "@aws-sdk/client-ecr";',
      'const { SQSClient, SendMessageCommand } = await import("@aws-sdk/client-sqs");',
    ].join("\n"),
  );
  expect(read.calls).toEqual(["ecr PutImageCommand", "ecr paginateDescribeImages", "sqs SendMessageCommand"]);
  for (const whole of ['import * as sdk from "@aws-sdk/client-sqs";', 'const sdk = await import("@aws-sdk/client-sqs");'])
    expect(() => readCode(whole)).toThrow("as a whole");
});

describe("the checks find", () => {
  test.each(BREAKS)("%s", (_, fault, breaks) => {
    const draft: Draft = structuredClone(template);
    breaks(draft);
    expect(faultsOf(draft).filter((each) => each.includes(fault))).not.toEqual([]);
  });
});

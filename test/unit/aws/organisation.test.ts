import { expect, test } from "vitest";
import { DRIFT_CALLS } from "../../../shared/providers/aws/events-drift.ts";
import { starFaults, statementsOf } from "./policies.ts";
import { referenceFaults } from "./references.ts";
import { safeguardFaults } from "./safeguards.ts";
import { at, isObject, ofType, readTemplate } from "./template.ts";
import { written } from "./written.ts";

const PATH = "infra/aws/organisation.yml";
const organisation = readTemplate(JSON.stringify(written(PATH)));
const hub = { rules: written("infra/aws/resources/rules.yml"), roles: written("infra/aws/resources/roles.yml") };

/** As the hub spells what a parameter stands for here. */
function asInHub(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll('{"Fn::Sub":"moorgate-${Stage}-"}', '"moorgate-${sls:stage}-"')
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

test("the rules of other accounts send what the hub's own rules take", () => {
  expect(ofType(organisation, "AWS::Events::Rule").map(([name]) => name)).toEqual(PATTERNS);
  for (const name of PATTERNS) {
    const here = at(organisation.Resources[name]?.Properties, "EventPattern");
    expect(isObject(here)).toBe(true);
    expect(asInHub(here)).toEqual(at(hub.rules, "Resources", name, "Properties", "EventPattern"));
  }
});

/** Actions on registries, by the name of the statement. */
function registryActions(
  statements: readonly { readonly sid: string; readonly actions: readonly string[] }[],
): Record<string, readonly string[]> {
  const named = statements.map(({ sid, actions }) => [sid, actions.filter((action) => /^(ecr|inspector2|signer):/.test(action))] as const);
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
  const lengths = PATTERNS.map((name) => JSON.stringify(at(hub.rules, "Resources", name, "Properties", "EventPattern")).length + 16);
  expect(lengths.filter((length) => length > 2_048)).toEqual([]);
  expect(Math.max(...lengths)).toBeGreaterThan(500);
});

test("the role in another account may do what the hub's functions do in their own, and no more", () => {
  const roles = at(hub.roles, "Resources", "OnRegistryEventRole", "Properties", "Policies", 0, "PolicyDocument", "Statement");
  const own = (Array.isArray(roles) ? roles : []).map((one) => ({
    sid: String(at(one, "Sid")),
    actions: [at(one, "Action")].flat().map(String),
  }));
  const member = statementsOf(organisation).filter(({ of, principal }) => of === "MemberRole" && principal === undefined);
  expect(registryActions(own)).not.toEqual({});
  expect(registryActions(member)).toEqual(registryActions(own));
});

test("a role in another account is taken by functions of the hub alone, who say the external id, and changes nothing unless it is enforced", () => {
  const trust = at(organisation.Resources["MemberRole"]?.Properties, "AssumeRolePolicyDocument", "Statement", 0);
  expect(at(trust, "Condition", "StringEquals", "sts:ExternalId")).toEqual({ Ref: "ExternalId" });
  expect(JSON.stringify(at(trust, "Condition", "ArnLike"))).toContain("role/moorgate-${Stage}-*");
  expect(organisation.Parameters["Mode"]).toMatchObject({ Default: "audit" });
  const [see, hold] = [0, 1].map((index) => at(organisation.Resources["MemberRole"]?.Properties, "Policies", index));
  expect(JSON.stringify(see)).not.toMatch(/ecr:(Put|Batch?Delete|Update|Create|Complete|Initiate|Upload)/);
  expect(at(hold, "Fn::If", 0)).toBe("IsEnforced");
});

import { expect, test } from "vitest";
import { statementsOf } from "./policies.ts";
import { at, within } from "./template.ts";
import { partOfHub } from "./written.ts";

const { Parameters } = partOfHub("parameters");
const [roles, rules] = [partOfHub("roles"), partOfHub("rules")];

test("findings wake the gate by the severities that were asked for, and by no others", () => {
  for (const rule of ["FindingRule", "HubFindingRule"])
    expect(at(rules.Resources[rule]?.Properties, "EventPattern", "detail", "severity")).toEqual({ Ref: "FindingSeverities" });
  expect(Parameters["FindingSeverities"]).toMatchObject({
    Type: "CommaDelimitedList",
    Default: "${param:findingSeverities, 'CRITICAL,HIGH'}",
  });
});

/** Statements that are there only under a condition, with their roles. */
function onlyWhere(condition: string): readonly string[] {
  return Object.entries(roles.Resources).flatMap(([name, { Properties }]) =>
    [...within(Properties)].flatMap(([, value]) =>
      at(value, "Fn::If", 0) === condition ? `${name} ${String(at(value, "Fn::If", 1, "Sid"))}` : [],
    ),
  );
}

test("unless it is asked for, no role may change whose pulls count, or use keys of repositories", () => {
  const callers = ["OnRegistryEventRole", "OnWebhookRole", "OnScheduleRole"];
  expect(onlyWhere("ExcludesPulls")).toEqual(callers.map((role) => `${role} LeaveOutOwnPulls`));
  expect(onlyWhere("HasQuarantineKeys")).toEqual(callers.map((role) => `${role} EncryptQuarantine`));
  const granted = (sid: string): number => statementsOf(roles).filter((one) => one.sid === sid).length;
  expect(["LeaveOutOwnPulls", "EncryptQuarantine"].map(granted)).toEqual([callers.length, callers.length]);
  expect(Parameters).toMatchObject({
    ExcludePulls: { Default: "${param:excludePulls, 'false'}" },
    QuarantineKeyArns: { Default: "${param:quarantineKeyArns, ''}" },
  });
});

test("what EventBridge and alarms write is let in by the queues and the topic, not by the key, which hears no account of them", () => {
  const statements = at(partOfHub("keys").Resources["MessagesKey"]?.Properties, "KeyPolicy", "Statement");
  expect(statements).toContainEqual({
    Sid: "EventsAndAlarmsAreWritten",
    Effect: "Allow",
    Principal: { Service: ["events.amazonaws.com", "cloudwatch.amazonaws.com"] },
    Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
    Resource: "*",
  });
});

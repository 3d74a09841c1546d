import { expect, test } from "vitest";
import { parseRegistryHost } from "../../../../shared/domain/image-ref.ts";
import { inEvents } from "../../../../shared/providers/aws/in-events.ts";

const OWN = parseRegistryHost("123456789012.dkr.ecr.eu-central-1.amazonaws.com");

test.each([
  ["its own host", OWN, {}],
  ["the host of both kinds of addresses", parseRegistryHost("123456789012.dkr-ecr.eu-central-1.on.aws"), {}],
  ["the host that keeps to FIPS", parseRegistryHost("123456789012.dkr.ecr-fips.eu-central-1.amazonaws.com"), {}],
  ["a host of the own network", parseRegistryHost("images.example.com"), { account: "123456789012", region: "eu-central-1" }],
])("a registry that is reached by %s is one in events", (_, host, aws) => {
  expect(inEvents({ host, aws }).registry).toBe(OWN);
});

test.each([
  ["a role", { role: "arn:aws:iam::123456789012:role/moorgate" }, "arn:aws:sts::123456789012:assumed-role/moorgate"],
  [
    "a role with a path",
    { role: "arn:aws-cn:iam::123456789012:role/security/gates/moorgate" },
    "arn:aws-cn:sts::123456789012:assumed-role/moorgate",
  ],
  [
    "the role that is taken, whoever takes it",
    { role: "arn:aws:iam::123456789012:role/a", principal: "arn:aws:iam::999999999999:role/b" },
    "arn:aws:sts::123456789012:assumed-role/a",
  ],
  ["a user", { principal: "arn:aws:iam::123456789012:user/moorgate" }, "arn:aws:iam::123456789012:user/moorgate"],
  ["whoever the settings do not name", {}, undefined],
])("%s is known in CloudTrail", (_, aws, actor) => {
  expect(inEvents({ host: OWN, aws }).actors).toEqual(actor === undefined ? [] : [actor]);
});

test("each role that a process of the gate runs as is known in CloudTrail, where none is taken", () => {
  const [one, other] = ["arn:aws:iam::123456789012:role/one", "arn:aws:iam::123456789012:role/other"];
  const sessions = ["arn:aws:sts::123456789012:assumed-role/one", "arn:aws:sts::123456789012:assumed-role/other"];
  expect(inEvents({ host: OWN, aws: { ownRoles: [one, other] } }).actors).toEqual(sessions);
  expect(inEvents({ host: OWN, aws: { ownRoles: [one, other], principal: other } }).actors.toSorted()).toEqual(sessions);
  const taken = { role: "arn:aws:iam::210987654321:role/member", ownRoles: [one, other] };
  expect(inEvents({ host: OWN, aws: taken }).actors).toEqual(["arn:aws:sts::210987654321:assumed-role/member"]);
});

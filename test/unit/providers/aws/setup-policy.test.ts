import { expect, test } from "vitest";
import { type Asker, lookAtPolicy } from "../../../../shared/providers/aws/setup-policy.ts";

const GATE = "arn:aws:iam::123456789012:role/moorgate";
const ANYBODY: Asker = { principal: undefined, account: "123456789012", enforces: true, moves: false };
const KNOWN: Asker = { ...ANYBODY, principal: GATE };
const PLACE = "policy of team/app";
const MEND = [["policy-denies-gate", "mend", `${PLACE}, statement Shut`]];
const UNKNOWN = [["policy-denies-gate", "unknown", `${PLACE}, statement Shut`]];

const denial = (more: object): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: { Sid: "Shut", Effect: "Deny", Principal: "*", Action: "ecr:BatchGetImage", ...more },
  });
const but = (role: string) => ({ Condition: { ArnNotLike: { "aws:PrincipalArn": [`arn:aws:iam::*:role/${role}`] } } });

test.each<[string, string, Asker, readonly unknown[]]>([
  ["denies everybody", denial({}), ANYBODY, MEND],
  ["denies the gate's own account", denial({ Principal: { AWS: "123456789012" } }), ANYBODY, MEND],
  ["denies all that is done", denial({ Action: "ecr:*" }), ANYBODY, MEND],
  ["denies all but one thing", denial({ Action: undefined, NotAction: ["ecr:List*"] }), ANYBODY, MEND],
  ["denies what the gate does not do", denial({ Action: "ecr:DeleteRepository" }), ANYBODY, []],
  ["denies what the gate does to hold", denial({ Action: "ECR:updateimagestorageclas?" }), ANYBODY, MEND],
  ["denies what a gate that does not enforce never does", denial({ Action: "ecr:PutImage" }), { ...ANYBODY, enforces: false }, []],
  ["allows", denial({ Effect: "Allow" }), ANYBODY, []],
  ["denies another account", denial({ Principal: { AWS: "arn:aws:iam::210987654321:root" } }), KNOWN, []],
  ["denies somebody, where nobody knows who the gate is", denial({ Principal: { AWS: GATE } }), ANYBODY, UNKNOWN],
  ["denies all but the gate by NotPrincipal", denial({ Principal: undefined, NotPrincipal: { AWS: [GATE] } }), KNOWN, []],
  ["denies all but somebody by NotPrincipal", denial({ Principal: undefined, NotPrincipal: { AWS: `${GATE}-2` } }), KNOWN, UNKNOWN],
  ["denies everybody but the gate", denial(but("moorgate")), KNOWN, []],
  ["denies everybody but somebody else", denial(but("other")), KNOWN, MEND],
  ["denies everybody but somebody, where nobody knows who the gate is", denial(but("other")), ANYBODY, UNKNOWN],
  [
    "denies under a condition that is about the call",
    denial({ Condition: { NotIpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }),
    KNOWN,
    UNKNOWN,
  ],
  ["is none", "{}", ANYBODY, [["policy-unreadable", "unknown", PLACE]]],
  ["is no JSON", "Deny", ANYBODY, [["policy-unreadable", "unknown", PLACE]]],
])("a policy that %s", (_, text, asker, expected) => {
  expect(lookAtPolicy(PLACE, text, asker).map(({ code, state, places }) => [code, state, ...places])).toEqual(expected);
});

test("a statement without a name is told by its number, and each denial for itself", () => {
  const statement = { Effect: "Deny", Principal: "*", Action: ["ecr:ListImages", "ecr:PutImage"] };
  const found = lookAtPolicy(PLACE, JSON.stringify({ Statement: [{ ...statement, Effect: "Allow" }, statement, statement] }), ANYBODY);
  expect(found.map(({ places }) => places)).toEqual([[`${PLACE}, statement 2`], [`${PLACE}, statement 3`]]);
  expect(found[0]?.fact).toMatch(/ecr:ListImages, ecr:PutImage$/);
});

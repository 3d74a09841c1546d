import { expect, test } from "vitest";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { ParseError } from "../../../shared/domain/parse-error.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";

const ENVIRONMENT = {
  ANN: "token-of-ann-for-a-test",
  BEN: "token-of-ben-for-a-test",
  ANN_NEXT: "next-token-of-ann-for-a-test",
  EMPTY: " ",
};

function parse(people: string): ReturnType<typeof parseSettings>["people"] {
  const text = `apiVersion: moorgate.dev/v1\nkind: Settings\n${people}\n`;
  return parseSettings(text, "moorgate.yaml", ENVIRONMENT, () => async () => undefined).people;
}

test("nobody is named where nothing is said", () => {
  expect(parse("")).toEqual([]);
});

test("a person has a name, a token that does not print, and roles; two tokens while one is replaced", () => {
  const people = parse(
    "people: [{ name: ann@example.org, token: [env:ANN, env:ANN_NEXT], roles: [operator] }, { name: ben, token: env:BEN, roles: [approver, reader] }]",
  );
  expect(people.map(({ name, roles }) => [name, roles])).toEqual([
    ["ann@example.org", ["operator"]],
    ["ben", ["approver", "reader"]],
  ]);
  expect(people.map(({ tokens }) => tokens.map((token) => token.reveal()))).toEqual([
    [ENVIRONMENT.ANN, ENVIRONMENT.ANN_NEXT],
    [ENVIRONMENT.BEN],
  ]);
  expect(JSON.stringify(people)).not.toContain("token-of");
});

test.each([
  ["a token that is written out", "{ name: ann, token: token-of-ann-for-a-test, roles: [reader] }"],
  ["no token", "{ name: ann, roles: [reader] }"],
  ["no role", "{ name: ann, token: env:ANN, roles: [] }"],
  ["a role that there is not", "{ name: ann, token: env:ANN, roles: [admin] }"],
  ["a name that a journal line could be forged with", '{ name: "ann\\nben", token: env:ANN, roles: [reader] }'],
  ["the name of the gate itself", "{ name: Moorgate, token: env:ANN, roles: [reader] }"],
  ["the name of the token of the state folder", "{ name: operator, token: env:ANN, roles: [reader] }"],
  ["a key that means nothing", "{ name: ann, token: env:ANN, roles: [reader], role: operator }"],
  ["three tokens", "{ name: ann, token: [env:ANN, env:BEN, env:ANN_NEXT], roles: [reader] }"],
  ["one name twice", "{ name: ann, token: env:ANN, roles: [reader] }, { name: Ann, token: env:BEN, roles: [reader] }"],
])("%s is refused", (_name, entries) => {
  expect(() => parse(`people: [${entries}]`)).toThrow(PolicyError);
});

test.each([
  ["a token that two people have", "{ name: ann, token: env:ANN, roles: [operator] }, { name: ben, token: env:ANN, roles: [approver] }"],
  ["a token that is not there", "{ name: ann, token: env:NOBODY, roles: [reader] }"],
  ["an empty token", "{ name: ann, token: env:EMPTY, roles: [reader] }"],
])("%s is refused", (_name, entries) => {
  expect(() => parse(`people: [${entries}]`)).toThrow(ParseError);
});

test("what takes two people is named, and refused where nobody could be the second", () => {
  const named = (text: string): unknown =>
    parseSettings(`apiVersion: moorgate.dev/v1\nkind: Settings\n${text}\n`, "moorgate.yaml", ENVIRONMENT, () => async () => undefined)
      .fourEyes;
  const ben = (role: string): string => `people: [{ name: ben, token: env:BEN, roles: [${role}] }]`;
  expect(named("")).toEqual([]);
  expect(named(`${ben("approver")}\nfourEyes: [resume, brake-approve]`)).toEqual(["resume", "brake-approve"]);
  expect(() => named("fourEyes: [resume]")).toThrow(ParseError);
  expect(() => named(`${ben("reader")}\nfourEyes: [resume]`)).toThrow(ParseError);
  expect(() => named(`${ben("approver")}\nfourEyes: [stop]`)).toThrow(PolicyError);
});

import { expect, test } from "vitest";
import { parsePolicy } from "../../../shared/policy/document.ts";
import { rules } from "../../../shared/policy/rules/table.ts";
import { policyJsonSchema } from "../../../shared/policy/schema.ts";
import { documentOfRules } from "./rule-reference.ts";

test("the reference of the rules tells what the schema says now", () => {
  const { stored, made } = documentOfRules();
  expect(stored).toBe(made);
});

test("the reference has a section for each rule, and no field of a rule without a meaning", () => {
  const { made } = documentOfRules();
  for (const kind of Object.keys(rules)) expect(made).toContain(`\n## \`${kind}\`\n`);
  const unexplained = made.split("\n").filter((line) => /^\| `[\w.]+` \|.*\|\s+\|$/.test(line));
  expect(unexplained).toEqual([]);
});

test("the schema for editors has an entry for each rule", () => {
  const text = JSON.stringify(policyJsonSchema());
  for (const kind of Object.keys(rules)) expect(text).toContain(`"const":"${kind}"`);
});

test("the policies in the document can be read", () => {
  const written = [...documentOfRules().stored.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => text);
  expect(written.length).toBeGreaterThan(0);
  for (const text of written) expect(parsePolicy(text, "policy.yaml", "v").rules.length).toBeGreaterThan(0);
});

test("the document names no field of a rule that there is not", () => {
  const { stored } = documentOfRules();
  const named = [...stored.matchAll(/`([a-z-]+)`: ((?:`[a-zA-Z.[\]]+`(?:, )?)+)/g)].flatMap(([, rule = "", fields = ""]) =>
    [...fields.matchAll(/`([^`]+)`/g)].map(([, field = ""]) => `${rule} ${field.replaceAll("[]", "").split(".")[0]}`),
  );
  const known = Object.entries(rules).flatMap(([kind, { entry }]) => Object.keys(entry.unwrap().shape).map((field) => `${kind} ${field}`));
  expect(named.filter((one) => !known.includes(one) && one.split(" ")[0] !== "expression")).toEqual([]);
  expect(named.length).toBeGreaterThan(50);
});

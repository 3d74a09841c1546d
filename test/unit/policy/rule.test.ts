import { expect, test } from "vitest";
import * as z from "zod";
import { defineRule, SATISFIED } from "../../../shared/policy/rule.ts";

test("what a kind of rule takes is made when a rule of that kind is read, and for no other", () => {
  const made: string[] = [];
  const entryOf = <const Kind extends string>(kind: Kind) => {
    const shape = () => {
      made.push(kind);
      return { most: z.int() };
    };
    return defineRule({ kind, doc: "For a test.", scope: "whole", shape, judge: () => SATISFIED }).entry;
  };
  const either = z.discriminatedUnion("rule", [entryOf("one"), entryOf("other")]);
  expect(either.safeParse({ rule: "none", id: "a", most: 1 }).success).toBe(false);
  expect(made).toEqual([]);
  expect(either.parse({ rule: "other", id: "a", most: 1 })).toMatchObject({ rule: "other", level: "enforce", most: 1 });
  expect(either.safeParse({ rule: "other", id: "a", most: "1" }).success).toBe(false);
  expect(made).toEqual(["other"]);
});

import { expect, test } from "vitest";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";

function parse(brake: string): unknown {
  return parseSettings(`apiVersion: moorgate.dev/v1\nkind: Settings\n${brake}\n`, "moorgate.yaml", {}, () => async () => undefined).brake;
}

test("the brake is on where nothing is said, and what is left out has its default", () => {
  const defaults = {
    images: 20,
    perHour: 60,
    ofRepository: 50,
    lastTag: true,
    lastCompliant: true,
    pulledWithin: 7 * 86_400_000,
    protected: [],
  };
  expect(parse("")).toEqual(defaults);
  expect(parse("brake: {}")).toEqual(defaults);
  expect(parse("brake: { images: 0 }")).toEqual({ ...defaults, images: 0 });
  expect(parse("brake: { ofRepository: 100%, lastTag: false }")).toEqual({ ...defaults, ofRepository: 100, lastTag: false });
  expect(parse("brake: { perHour: 5, lastCompliant: false, pulledWithin: off }")).toEqual({
    ...defaults,
    perHour: 5,
    lastCompliant: false,
    pulledWithin: "off",
  });
  expect(parse('brake: { protected: ["prod/**:stable", "shop/api", "**:v*"] }')).toEqual({
    ...defaults,
    protected: [{ repository: "prod/**", tag: "stable" }, { repository: "shop/api" }, { repository: "**", tag: "v*" }],
  });
});

test("it can be switched off by name", () => {
  expect(parse("brake: off")).toBe("off");
});

test.each([
  "brake: none",
  "brake: { image: 20 }",
  "brake: { images: -1 }",
  "brake: { images: 1.5 }",
  "brake: { ofRepository: 50 }",
  "brake: { ofRepository: 101% }",
  "brake: { lastTag: maybe }",
  "brake: { perHour: -1 }",
  "brake: { pulledWithin: sometimes }",
  "brake: { protected: ['prod/**:'] }",
  "brake: { protected: ['Prod'] }",
  "brake: { protected: [':stable'] }",
])("%s is refused", (text) => {
  expect(() => parse(text)).toThrow(PolicyError);
});

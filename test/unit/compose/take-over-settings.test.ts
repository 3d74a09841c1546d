import { expect, test } from "vitest";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";

function parse(takeOver: string): unknown {
  const text = `apiVersion: moorgate.dev/v1\nkind: Settings\nregistries:\n  - { host: "registry.example"${takeOver} }\n`;
  return parseSettings(text, "moorgate.yaml", {}, () => async () => undefined).registries[0]?.takeOver;
}

test("what lies in a registry is asked about before it is held, where nothing else is said", () => {
  expect(parse("")).toBe("ask");
  expect(parse(", takeOver: ask")).toBe("ask");
  expect(parse(", takeOver: at-once")).toBe("at-once");
});

test.each([", takeOver: never", ", takeOver: true", ", takeover: ask"])("{ host: ...%s } is refused", (text) => {
  expect(() => parse(text)).toThrow(PolicyError);
});

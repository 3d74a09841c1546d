import { expect, test } from "vitest";
import { parseHistorySettings, parseSettings } from "../../../shared/compose/settings.ts";
import { kindOf } from "../../../shared/compose/store.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";

const withStore = (store: string): string => `apiVersion: moorgate.dev/v1\nkind: Settings\n${store}`;
const PLACE = "dynamodb://eu-central-1/moorgate";

test("the gate and what reads beside it go to the store that the settings name, or to the state folder's", () => {
  const named = withStore(`store: ${PLACE}\n`);
  expect(parseSettings(named, "moorgate.yaml", {}, () => async () => undefined).store).toBe(PLACE);
  expect(parseHistorySettings(named, "moorgate.yaml").store).toBe(PLACE);
  expect(parseSettings(withStore(""), "moorgate.yaml", {}, () => async () => undefined).store).toBeUndefined();
});

test.each(["moorgate", "/var/lib/moorgate", "DynamoDB", ""])("%j is no place of a store", (store) => {
  expect(() => parseHistorySettings(withStore(`store: ${JSON.stringify(store)}\n`), "moorgate.yaml")).toThrow(PolicyError);
});

test.each([
  [PLACE, "dynamodb"],
  ["/var/lib/moorgate/ledger.db", "sqlite"],
  ["ledger.db", "sqlite"],
  [":memory:", "sqlite"],
])("%s is a place of the kind %s", (place, kind) => {
  expect(kindOf(place)).toBe(kind);
});

import { expect, test } from "vitest";
import { awsFault } from "../../../../shared/providers/aws/fault.ts";

test.each([{ name: "constructor" }, { code: "toString" }])("an error that says %j of itself is no fault of AWS by that", (said) => {
  const error = Object.assign(new Error("odd"), said);
  expect(awsFault(error, "call")).toBe(error);
});

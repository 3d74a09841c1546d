import { expect, test } from "vitest";
import { printable } from "../../../functions/cli/printable.ts";

test.each([
  ["a line that is wiped", "\u001b[2K\u001b[1Ax", "\\u001b[2K\\u001b[1Ax"],
  ["hidden text", "\u001b[8mx", "\\u001b[8mx"],
  ["a forged line by carriage return", "bad\rgood", "bad\\u000dgood"],
  ["C1 control sequence introducer", "\u009b31m", "\\u009b31m"],
  ["reversed direction", "exe\u202egpj", "exe\\u202egpj"],
])("foreign text cannot play with the terminal: %s", (_, given, shown) => {
  expect(printable(given)).toBe(shown);
});

test("our colours, tabs and new lines pass", () => {
  expect(printable("\u001b[31mx\u001b[0m\t\n")).toBe("\u001b[31mx\u001b[0m\t\n");
});

import { describe, expect, test } from "vitest";
import { readJson } from "../../../shared/runtime/json.ts";

const read = (text: string | Uint8Array, limits: { maxBytes?: number; maxDepth?: number } = {}) =>
  readJson(typeof text === "string" ? Buffer.from(text) : text, { maxBytes: 1_000, maxDepth: 8, place: "test", ...limits });
const malformed = expect.objectContaining({ code: "malformed" });

describe("T54 untrusted JSON", () => {
  test("is refused unread above the size limit", () => {
    expect(() => read("[1,2]", { maxBytes: 4 })).toThrow(expect.objectContaining({ code: "too-large" }));
    expect(read("[1,2]", { maxBytes: 5 })).toEqual([1, 2]);
  });

  test("may be nested up to the limit, brackets in strings not counted", () => {
    expect(read('{"a":["[[[{{{\\"[["]}', { maxDepth: 2 })).toEqual({ a: ['[[[{{{"[['] });
    expect(() => read("[[[]]]", { maxDepth: 2 })).toThrow(malformed);
    expect(() => read("[".repeat(900))).toThrow(malformed);
  });

  test.each([0, 1, 2, 3, 4, 5, 60, 61])("a string ends at the quote that no backslash of its own escapes (%i in a row)", (count) => {
    const document = { [`${"\\".repeat(count)}":{`]: `"${"\\".repeat(count)}`, b: ["\\".repeat(count), `${"\\".repeat(count)}"}]`] };
    expect(read(JSON.stringify(document), { maxDepth: 2 })).toEqual(document);
    expect(() => read(`{"a${"\\\\".repeat(count)}":1,"a${"\\\\".repeat(count)}":1}`)).toThrow(
      expect.objectContaining({ code: "malformed" }),
    );
  });

  test.each(['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"b":{}},{"c":{"d":1,"d":null}}]', '{"":1,"":1}', '{"__proto__":1,"__proto__":2}'])(
    "with a repeated name is refused: %s",
    (text) => {
      expect(() => read(text)).toThrow(malformed);
    },
  );

  test("may use a name again in another object, and a colon in a text", () => {
    expect(read('[{"a":{"a":"a:b"}},{"a":":"}]')).toEqual([{ a: { a: "a:b" } }, { a: ":" }]);
  });

  test("cannot bring a prototype along, however it is copied", () => {
    const value = read('{"__proto__":{"admin":true,"in":{"x":1}},"a":1}') as Record<string, unknown>;
    const copied = Object.assign({}, value);
    expect(copied["admin"]).toBeUndefined();
    expect(Object.keys(value)).toEqual(["a"]);
    expect(read('{"constructor":{"prototype":1},"toString":2}')).toEqual({ constructor: { prototype: 1 }, toString: 2 });
  });

  test("that is no UTF-8, cut off, or followed by something is refused, without the text in the message", () => {
    for (const text of [new Uint8Array([0x22, 0xff, 0x22]), '{"password":"hunter2"', '"a" b', "", "{,}"])
      expect(() => read(text)).toThrow(malformed);
    expect(() => read('{"password":"hunter2"')).toThrow(expect.not.objectContaining({ message: expect.stringContaining("hunter2") }));
  });

  test.each([
    ["null", null],
    ["0", 0],
    ['"x"', "x"],
    ["[null]", [null]],
  ])("may be a bare value: %s", (text, value) => {
    expect(read(text)).toEqual(value);
  });
});

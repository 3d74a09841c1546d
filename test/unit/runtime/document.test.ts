import { describe, expect, test } from "vitest";
import { readDocument } from "../../../shared/runtime/document.ts";

const read = (text: string, maxDepth = 8) => readDocument(new TextEncoder().encode(text), { maxBytes: 10_000, maxDepth, place: "report" });

describe("a report's text", () => {
  test("is JSON, or XML where it starts with a tag", () => {
    expect(read(' {"a":1}')).toEqual({ a: 1 });
    expect(read('\uFEFF<?xml version="1.0"?><bom version="1"><v:a x="&lt;">1 &amp; 2</v:a><b/><b/></bom>')).toEqual({
      bom: { "@version": "1", a: { "@x": "<", "#text": "1 & 2" }, b: ["", ""] },
    });
  });

  test.each([
    ["a document type, where entities are defined", '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'],
    ["an element that is not closed", "<a><b></a>"],
    ["too deep nesting", `${"<a>".repeat(20)}${"</a>".repeat(20)}`],
  ])("is refused for %s", (_, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("of XML has no other entities than those of XML itself", () => {
    expect(read("<a>&#65;&unknown;&amp;lt;</a>")).toEqual({ a: "&#65;&unknown;&lt;" });
  });
});

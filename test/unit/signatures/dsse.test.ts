import { expect, it } from "vitest";
import { preAuthenticationEncoding } from "../../../shared/signatures/dsse.ts";

it.each([
  ["the example of the protocol", "http://example.com/HelloWorld", "hello world", "DSSEv1 29 http://example.com/HelloWorld 11 hello world"],
  ["lengths in bytes, not in letters", "typé", "größe", "DSSEv1 5 typé 7 größe"],
  ["an empty payload", "t", "", "DSSEv1 1 t 0 "],
])("what is signed has type and payload with their lengths: %s", (_what, type, payload, encoded) => {
  expect(Buffer.from(preAuthenticationEncoding(type, Buffer.from(payload))).toString()).toBe(encoded);
});

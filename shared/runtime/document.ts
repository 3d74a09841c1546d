import { type JsonLimits, readJson } from "./json.ts";
import { readXml } from "./xml.ts";

/**
 * Reads an untrusted report: JSON, or XML where the text starts with `<`.
 * @throws AdapterError too-large, malformed
 */
export function readDocument(bytes: Uint8Array, limits: JsonLimits): unknown {
  return startsWithTag(bytes) ? readXml(bytes, limits) : readJson(bytes, limits);
}

function startsWithTag(bytes: Uint8Array): boolean {
  // The mark of byte order and white space may come first.
  return /^\uFEFF?\s*</.test(new TextDecoder("utf-8").decode(bytes.subarray(0, 256)));
}

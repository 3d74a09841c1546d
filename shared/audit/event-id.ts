import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical.ts";

/**
 * UUID version 8 (RFC 9562, 5.8) out of the SHA-256 of what identifies a fact. The same fact gets the same id in every process and after
 * every crash, so that writing or sending it again is seen as the same.
 */
export function eventId(...identity: readonly (string | number)[]): string {
  const bytes = createHash("sha256").update(canonicalJson(identity)).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

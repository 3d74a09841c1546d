import { type Instant, instant, parseInstant } from "../domain/time.ts";
import { BIT_STRING, BOOLEAN, type Der, expect, GENERALIZED_TIME, INTEGER, malformed, OID, UTC_TIME } from "./der.ts";

/** Dotted form: `1.2.840.113549`. @throws AdapterError malformed */
export function readOid(element: Der | undefined, place: string): string {
  const { content } = expect(element, OID, place);
  if (content.length === 0 || content.length > 32) throw malformed(place, "an object identifier of no or too many bytes");
  const arcs: number[] = [];
  let arc = 0;
  let isOpen = false;
  for (const byte of content) {
    // X.690, 8.19.2: an arc starts with no padding.
    if (!isOpen && byte === 0x80) throw malformed(place, "a padded object identifier");
    arc = arc * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(arc)) throw malformed(place, "an object identifier with an arc too large");
    isOpen = byte >= 0x80;
    if (isOpen) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  if (isOpen) throw malformed(place, "an object identifier that is cut off");
  return arcs.join(".");
}

/** Bytes of an INTEGER in their shortest form, sign bit included: equal bytes are equal numbers. @throws AdapterError malformed */
export function integerBytes(element: Der | undefined, place: string): Uint8Array {
  const { content } = expect(element, INTEGER, place);
  const [first = 0, second = 0] = content;
  const isPadded = content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (content.length === 0 || isPadded) throw malformed(place, "a number that is not in its shortest form");
  return content;
}

/** A number from 0 to 2^31-1: versions, counts, milliseconds. @throws AdapterError malformed */
export function readCount(element: Der | undefined, place: string): number {
  const bytes = integerBytes(element, place);
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if ((bytes[0] ?? 0) >= 0x80 || value > 0x7fffffff) throw malformed(place, "a number that is negative or too large");
  return value;
}

/** @throws AdapterError malformed */
export function readBoolean(element: Der | undefined, place: string): boolean {
  const { content } = expect(element, BOOLEAN, place);
  // X.690, 11.1: true is all ones.
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw malformed(place, "no truth value");
  return content[0] === 0xff;
}

/** Bytes of a BIT STRING that fills whole bytes: keys and signatures. @throws AdapterError malformed */
export function readBitBytes(element: Der | undefined, place: string): Uint8Array {
  const { content } = expect(element, BIT_STRING, place);
  if (content[0] !== 0) throw malformed(place, "a string of bits that fills no whole bytes");
  return content.subarray(1);
}

/** A BIT STRING of named bits (key usage): bit 0 is the first. @throws AdapterError malformed */
export function readNamedBits(element: Der | undefined, place: string): ReadonlySet<number> {
  const { content } = expect(element, BIT_STRING, place);
  const [unused = 8, ...bytes] = content;
  if (unused > 7 || bytes.length > 4 || (bytes.length === 0 && unused > 0)) throw malformed(place, "no string of named bits");
  const bits = bytes.flatMap((byte, at) => [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (0x80 >> bit)).map((bit) => at * 8 + bit));
  return new Set(bits);
}

const UTC = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)()Z$/;
const GENERALIZED = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{0,8}[1-9])?Z$/;

/**
 * UTCTime or GeneralizedTime in UTC (RFC 5280, 4.1.2.5; RFC 3161 adds fractions). What lies before 1970 is read as 1970.
 * @throws AdapterError malformed
 */
export function readTime(element: Der | undefined, place: string): Instant {
  const isUtc = element?.tag === UTC_TIME;
  const { content } = expect(element, isUtc ? UTC_TIME : GENERALIZED_TIME, place);
  const parts = (isUtc ? UTC : GENERALIZED).exec(Buffer.from(content.subarray(0, 32)).toString("latin1"));
  if (parts === null || content.length > 32) throw malformed(place, "no time in UTC");
  const [year = "", month, day, hour, minute, second, fraction = ""] = parts.slice(1);
  const fullYear = isUtc ? String(Number(year) + (Number(year) < 50 ? 2000 : 1900)) : year;
  if (fullYear < "1970") return instant(0);
  try {
    return parseInstant(`${fullYear}-${month}-${day}T${hour}:${minute}:${second}${fraction}Z`, place);
  } catch {
    throw malformed(place, "a time that no calendar has");
  }
}

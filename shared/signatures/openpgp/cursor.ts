import { AdapterError } from "../../ports/adapter-error.ts";

/** Reads bytes from front to back; whatever reaches behind the end throws AdapterError malformed. */
export interface Cursor {
  readonly left: () => number;
  byte(): number;
  /** Big-endian, of 1 to 4 bytes. */
  number(bytes: number): number;
  take(count: number): Uint8Array;
  rest(): Uint8Array;
}

export function cursorOver(bytes: Uint8Array, place: string): Cursor {
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (count > bytes.length - at) throw damaged(place, "cut off");
    at += count;
    return bytes.subarray(at - count, at);
  };
  const number = (count: number): number => take(count).reduce((sum, byte) => sum * 256 + byte, 0);
  return { left: () => bytes.length - at, byte: () => number(1), number, take, rest: () => take(bytes.length - at) };
}

/** A multiprecision integer (RFC 9580, 3.2): its length in bits is exact, so equal numbers are equal bytes. @throws AdapterError malformed */
export function readInteger(cursor: Cursor, place: string): Uint8Array {
  const bits = cursor.number(2);
  const bytes = cursor.take(Math.ceil(bits / 8));
  const [first = 0] = bytes;
  if (bits === 0 || 32 - Math.clz32(first) !== ((bits - 1) % 8) + 1) throw damaged(place, "a number whose length is wrong");
  return bytes;
}

/** @throws AdapterError malformed where bytes are left */
export function expectEnd(cursor: Cursor, place: string): void {
  if (cursor.left() > 0) throw damaged(place, "bytes behind the end");
}

export function damaged(place: string, problem: string): AdapterError {
  return new AdapterError("malformed", `${place}: ${problem}`);
}

export function unsupported(place: string, problem: string): AdapterError {
  return new AdapterError("unsupported", `${place}: ${problem}`);
}

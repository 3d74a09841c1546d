import { AdapterError } from "../ports/adapter-error.ts";

/** One element of DER (X.690): tag, length and content. Its parts are read only where somebody asks, so depth costs nothing. */
export interface Der {
  /** The identifier byte: class, constructed bit and number. */
  readonly tag: number;
  readonly content: Uint8Array;
  /** The whole element, tag and length included: what signatures and hashes cover. */
  readonly bytes: Uint8Array;
}

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OID = 0x06;
export const ENUMERATED = 0x0a;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;

/** Tag of a context-specific element: `[0]` constructed is `context(0)`, `[0] IMPLICIT` of a primitive one `context(0, false)`. */
export function context(number: number, constructed = true): number {
  return (constructed ? 0xa0 : 0x80) | number;
}

const MAX_PARTS = 10_000;

/**
 * The one element that these bytes are.
 * @throws AdapterError malformed: not DER, or bytes behind the element
 */
export function readDer(bytes: Uint8Array, place: string): Der {
  const element = elementAt(bytes, 0, place);
  if (element.bytes.length !== bytes.length) throw malformed(place, "bytes behind the end");
  return element;
}

/** The elements that follow each other in these bytes: the content of an element, or of a string that holds DER. */
export function elementsIn(bytes: Uint8Array, place: string): readonly Der[] {
  const parts: Der[] = [];
  // Every certificate is read through here: a plain loop takes half the time of the generator below.
  for (let at = 0; at < bytes.length; ) {
    const part = elementAt(bytes, at, place);
    at += part.bytes.length;
    if (parts.push(part) > MAX_PARTS) throw new AdapterError("too-large", `${place}: more than ${MAX_PARTS} elements in a list`);
  }
  return parts;
}

/** The same one by one, for lists that would not be held in memory as a whole. @throws AdapterError malformed */
export function* eachIn(bytes: Uint8Array, place: string): Generator<Der, void> {
  for (let at = 0; at < bytes.length; ) {
    const part = elementAt(bytes, at, place);
    yield part;
    at += part.bytes.length;
  }
}

function elementAt(bytes: Uint8Array, at: number, place: string): Der {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw malformed(place, "cut off");
  // Tag numbers from 31 on take more bytes; none of the formats that are read here has them.
  if (tag === 0 || (tag & 0x1f) === 0x1f) throw malformed(place, "a tag that no such structure has");
  const head = first < 0x80 ? 2 : 2 + (first & 0x7f);
  const start = at + head;
  const end = start + (first < 0x80 ? first : longLength(bytes, at + 2, first & 0x7f, place));
  if (end > bytes.length) throw malformed(place, "an element longer than what holds it");
  return { tag, content: bytes.subarray(start, end), bytes: bytes.subarray(at, end) };
}

// X.690, 10.1: the definite form in the fewest bytes; the indefinite one (0x80) has no bytes of length.
function longLength(bytes: Uint8Array, at: number, count: number, place: string): number {
  if (count === 0 || count > 4) throw malformed(place, "a length that is indefinite or too long");
  let length = 0;
  for (let index = 0; index < count; index++) length = length * 256 + (bytes[at + index] ?? Number.NaN);
  if (!(length >= 0x80 && length >= 256 ** (count - 1))) throw malformed(place, "a length that is not in its shortest form");
  return length;
}

/** @throws AdapterError malformed where it is absent or has another tag */
export function expect(element: Der | undefined, tag: number, place: string): Der {
  if (element?.tag !== tag) throw malformed(place, `an element of tag ${tag} is missing`);
  return element;
}

/** Parts of a SEQUENCE. @throws AdapterError malformed */
export function sequence(element: Der | undefined, place: string): readonly Der[] {
  return elementsIn(expect(element, SEQUENCE, place).content, place);
}

export function malformed(place: string, problem: string): AdapterError {
  return new AdapterError("malformed", `${place}: ${problem}`);
}

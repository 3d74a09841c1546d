import { AdapterError } from "../../ports/adapter-error.ts";

/** A value of CBOR (RFC 8949), of the kinds that COSE uses: no floats, no undefined, no numbers beyond 2^53. */
export type Cbor = number | string | boolean | null | Uint8Array | readonly Cbor[] | CborMap | CborTag;
export type CborMap = ReadonlyMap<number | string, Cbor>;

export interface CborTag {
  readonly tag: number;
  readonly value: Cbor;
}

export interface CborLimits {
  /** Lists, maps and tags inside each other. */
  readonly maxDepth: number;
  /** Values in the whole text. */
  readonly maxValues: number;
  readonly place: string;
}

interface Reader extends CborLimits {
  readonly bytes: Uint8Array;
  at: number;
  values: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads one value, and nothing behind it. Two readers that disagree could be shown two documents in one: so lengths are definite and in
 * their shortest form (RFC 8949, 4.2.1), and a key stands once in a map. The order of keys is free.
 * @throws AdapterError malformed, too-large
 */
export function readCbor(bytes: Uint8Array, limits: CborLimits): Cbor {
  const reader: Reader = { ...limits, bytes, at: 0, values: 0 };
  const value = readValue(reader, 0);
  if (reader.at !== bytes.length) throw malformed(reader, "bytes behind the end");
  return value;
}

function readValue(reader: Reader, depth: number): Cbor {
  if (++reader.values > reader.maxValues) throw new AdapterError("too-large", `${reader.place}: more than ${reader.maxValues} values`);
  if (depth > reader.maxDepth) throw malformed(reader, `nested deeper than ${reader.maxDepth}`);
  const first = take(reader, 1)[0] ?? 0;
  const major = first >> 5;
  if (major === 7) return readSimple(reader, first & 0x1f);
  const argument = readArgument(reader, first & 0x1f);
  switch (major) {
    case 0:
      return argument;
    case 1:
      return -1 - argument;
    case 2:
      return take(reader, argument);
    case 3:
      return readText(reader, argument);
    case 4:
      return readList(reader, argument, depth + 1);
    case 5:
      return readMap(reader, argument, depth + 1);
    default:
      return { tag: argument, value: readValue(reader, depth + 1) };
  }
}

const SIMPLE: ReadonlyMap<number, boolean | null> = new Map([
  [20, false],
  [21, true],
  [22, null],
]);

function readSimple(reader: Reader, information: number): boolean | null {
  const value = SIMPLE.get(information);
  if (value === undefined) throw malformed(reader, "a float or a simple value that no envelope has");
  return value;
}

// 31 is the indefinite length, 28 to 30 are reserved.
function readArgument(reader: Reader, information: number): number {
  if (information < 24) return information;
  if (information > 27) throw malformed(reader, "an indefinite or reserved length");
  const size = 2 ** (information - 24);
  const value = take(reader, size).reduce((sum, byte) => sum * 256 + byte, 0);
  const least = size === 1 ? 24 : 256 ** (size / 2);
  if (value < least) throw malformed(reader, "a number that is not in its shortest form");
  if (!Number.isSafeInteger(value)) throw malformed(reader, "a number that is too large");
  return value;
}

function take(reader: Reader, count: number): Uint8Array {
  const end = reader.at + count;
  if (end > reader.bytes.length) throw malformed(reader, "cut off");
  const taken = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  return taken;
}

function readText(reader: Reader, length: number): string {
  try {
    return utf8.decode(take(reader, length));
  } catch (error) {
    throw error instanceof AdapterError ? error : malformed(reader, "text that is not UTF-8");
  }
}

// Nothing is made room for: a count that lies ends with the bytes.
function readList(reader: Reader, count: number, depth: number): readonly Cbor[] {
  const list: Cbor[] = [];
  for (let index = 0; index < count; index++) list.push(readValue(reader, depth));
  return list;
}

function readMap(reader: Reader, count: number, depth: number): CborMap {
  const map = new Map<number | string, Cbor>();
  for (let index = 0; index < count; index++) {
    const key = readValue(reader, depth);
    if (typeof key !== "number" && typeof key !== "string") throw malformed(reader, "a key that is no number and no text");
    if (map.has(key)) throw malformed(reader, "a map with a key twice");
    map.set(key, readValue(reader, depth));
  }
  return map;
}

function malformed({ place }: CborLimits, problem: string): AdapterError {
  return new AdapterError("malformed", `${place}: ${problem}`);
}

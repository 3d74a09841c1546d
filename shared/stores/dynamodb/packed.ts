import { deflateRawSync, inflateRawSync } from "node:zlib";
import { VOCABULARY } from "./vocabulary.ts";

const PLAIN = 0;
/** Deflated by `VOCABULARY` and the name of the item. */
const WORDED = 1;

/** JSON in as few bytes as it needs: an item is paid for by the KB. `name`: of the item, whose words the document repeats. */
export function pack(value: unknown, name: string): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(value));
  const small = deflateRawSync(bytes, { dictionary: dictionaryOf(name), level: 9 });
  return small.length < bytes.length ? Buffer.concat([Uint8Array.of(WORDED), small]) : Buffer.concat([Uint8Array.of(PLAIN), bytes]);
}

/** A document that this store packed from a typed value: nobody else writes into the table. */
export function unpack<T>(packed: Uint8Array, name: string): T {
  return JSON.parse(Buffer.from(unpackBytes(packed, name)).toString());
}

function unpackBytes(packed: Uint8Array, name: string): Uint8Array {
  const [kind] = packed;
  if (kind === PLAIN) return packed.subarray(1);
  // Packed by this store, from bytes whose size was held when they were read.
  if (kind === WORDED) return inflateRawSync(packed.subarray(1), { dictionary: dictionaryOf(name) });
  throw new TypeError("an item of the table does not hold what this store writes");
}

function dictionaryOf(name: string): Buffer {
  return Buffer.from(VOCABULARY + name);
}

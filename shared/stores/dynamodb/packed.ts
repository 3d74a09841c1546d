import { deflateRawSync, inflateRawSync } from "node:zlib";
import { SECOND_VOCABULARY, VOCABULARY } from "./vocabulary.ts";

const PLAIN = 0;
/** Deflated by the first vocabulary and the name of the item: what was written before there was another. */
const WORDED = 1;
const WORDED_AGAIN = 2;

/** JSON in as few bytes as it needs: an item is paid for by the KB. `name`: of the item, whose words the document repeats. */
export function pack(value: unknown, name: string): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(value));
  const small = deflateRawSync(bytes, { dictionary: dictionaryOf(SECOND_VOCABULARY, name), level: 9 });
  return small.length < bytes.length ? Buffer.concat([Uint8Array.of(WORDED_AGAIN), small]) : Buffer.concat([Uint8Array.of(PLAIN), bytes]);
}

/** A document that this store packed from a typed value: nobody else writes into the table. */
export function unpack<T>(packed: Uint8Array, name: string): T {
  return JSON.parse(Buffer.from(unpackBytes(packed, name)).toString());
}

function unpackBytes(packed: Uint8Array, name: string): Uint8Array {
  const [kind] = packed;
  if (kind === PLAIN) return packed.subarray(1);
  // Packed by this store, from bytes whose size was held when they were read.
  const words = kind === WORDED ? VOCABULARY : kind === WORDED_AGAIN ? SECOND_VOCABULARY : undefined;
  if (words !== undefined) return inflateRawSync(packed.subarray(1), { dictionary: dictionaryOf(words, name) });
  throw new TypeError("an item of the table does not hold what this store writes");
}

function dictionaryOf(words: string, name: string): Buffer {
  return Buffer.from(words + name);
}

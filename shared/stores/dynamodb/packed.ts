import { deflateRawSync, inflateRawSync } from "node:zlib";
import { putTogether, sizeOfApart, takeApart } from "./apart.ts";
import { SECOND_VOCABULARY, THIRD_VOCABULARY, VOCABULARY } from "./vocabulary.ts";

const PLAIN = 0;
/** Deflated by the first vocabulary and the name of the item: what was written before there was another. */
const WORDED = 1;
const WORDED_AGAIN = 2;
/** By the third one, with hashes and the like apart. */
const APART = 3;

/** JSON in as few bytes as it needs: an item is paid for by the KB. `name`: of the item, whose words the document repeats. */
export function pack(value: unknown, name: string): Uint8Array {
  const json = JSON.stringify(value);
  const words = THIRD_VOCABULARY + name;
  const { text, apart } = takeApart(json, name);
  const small = Buffer.concat([Uint8Array.of(APART), apart, deflateRawSync(text, { dictionary: Buffer.from(words), level: 9 })]);
  const plain = Buffer.from(json);
  return small.length <= plain.length ? small : Buffer.concat([Uint8Array.of(PLAIN), plain]);
}

/** A document that this store packed from a typed value: nobody else writes into the table. */
export function unpack<T>(packed: Uint8Array, name: string): T {
  return JSON.parse(textOf(packed, name));
}

/** Packed by this store, from text whose size was held when it was read. */
function textOf(packed: Uint8Array, name: string): string {
  const [kind, rest] = [packed[0], packed.subarray(1)];
  const inflated = (bytes: Uint8Array, words: string): string =>
    inflateRawSync(bytes, { dictionary: Buffer.from(words + name) }).toString();
  switch (kind) {
    case PLAIN:
      return Buffer.from(rest).toString();
    case WORDED:
      return inflated(rest, VOCABULARY);
    case WORDED_AGAIN:
      return inflated(rest, SECOND_VOCABULARY);
    case APART:
      return putTogether(inflated(rest.subarray(sizeOfApart(rest)), THIRD_VOCABULARY), rest);
    default:
      throw new TypeError("an item of the table does not hold what this store writes");
  }
}

import { deflateRawSync, inflateRawSync } from "node:zlib";

const PLAIN = 0;
const DEFLATED = 1;
/** Below it a header costs more than is saved. */
const WORTH_PACKING = 200;

/** JSON in as few bytes as it needs: an item is paid for by the KB. The first byte says how it is packed. */
export function pack(value: unknown): Uint8Array {
  return packBytes(Buffer.from(JSON.stringify(value)));
}

function packBytes(bytes: Uint8Array): Uint8Array {
  const small = bytes.length < WORTH_PACKING ? bytes : deflateRawSync(bytes);
  return small.length < bytes.length ? Buffer.concat([Uint8Array.of(DEFLATED), small]) : Buffer.concat([Uint8Array.of(PLAIN), bytes]);
}

/** A document that this store packed from a typed value: nobody else writes into the table. */
export function unpack<T>(packed: Uint8Array): T {
  return JSON.parse(Buffer.from(unpackBytes(packed)).toString());
}

function unpackBytes(packed: Uint8Array): Uint8Array {
  const [kind] = packed;
  if (kind === PLAIN) return packed.subarray(1);
  // Packed by this store, from bytes whose size was held when they were read.
  if (kind === DEFLATED) return inflateRawSync(packed.subarray(1));
  throw new TypeError("an item of the table does not hold what this store writes");
}

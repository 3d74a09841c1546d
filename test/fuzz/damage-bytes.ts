import type { Random } from "./random.ts";

// Heads and pieces of the grammars that are read here: JSON, DER, CBOR, PEM, signed notes.
const PIECES = [
  ...'" , { } [ ] : null true 1e999 -1 \\u0000 \ufeff = -----END'.split(" "),
  "\n\n",
  "\u2014 ",
  '"__proto__":{},',
  '"payload":"",',
  '"sig":"AA==",',
  '"critical":{},',
  '"subject":[],',
].map((text) => Buffer.from(text));
const HEADS = [
  "80",
  "3080",
  "0000",
  "3084ffffffff",
  "0500",
  "a000",
  "0201ff",
  "1f",
  "9f",
  "bf",
  "ff",
  "5bffffffffffffffff",
  "d2",
  "c1",
  "f97e00",
  "a0",
].map((hex) => Buffer.from(hex, "hex"));
const [firstPiece = Buffer.alloc(0), ...otherPieces] = [...PIECES, ...HEADS];

/** One change of bytes, without regard to what they mean. `other` is a valid text of the same form, to take pieces of. */
export function damageBytes(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const length = random.isOneIn(2) ? 1 + random.below(4) : random.below(200);
  const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
  switch (random.below(8)) {
    case 0:
      return withByte(bytes, at, (byte) => byte ^ (1 << random.below(8)));
    case 1:
      return withByte(bytes, at, () => random.below(256));
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return join(bytes.subarray(0, at), bytes.subarray(at + length));
    case 4:
      return join(bytes.subarray(0, at), random.bytes(1 + random.below(4)), bytes.subarray(at));
    case 5:
      return join(bytes.subarray(0, at), random.pick([firstPiece, ...otherPieces]), bytes.subarray(at + random.below(3)));
    case 6:
      return join(bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at));
    default:
      return splice(bytes, other, random);
  }
}

/** The start of one and the end of the other, cut at about the same place, or anywhere. */
function splice(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const from = random.isOneIn(2) ? at : random.below(other.length + 1);
  return Buffer.concat([bytes.subarray(0, at), other.subarray(from)]);
}

function withByte(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  const changed = Buffer.from(bytes);
  if (at < changed.length) changed[at] = change(changed[at] ?? 0) & 0xff;
  return changed;
}

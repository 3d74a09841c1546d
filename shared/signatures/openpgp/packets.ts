import { AdapterError } from "../../ports/adapter-error.ts";
import { type Cursor, cursorOver, damaged } from "./cursor.ts";

/** One packet of OpenPGP (RFC 9580, 4.2). */
export interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
}

export const SIGNATURE = 2;
export const ONE_PASS = 4;
export const PUBLIC_KEY = 6;
export const COMPRESSED = 8;
export const MARKER = 10;
export const LITERAL = 11;
export const USER_ID = 13;
export const PUBLIC_SUBKEY = 14;
export const USER_ATTRIBUTE = 17;

const MAX_PACKETS = 2000;

/** The packets that these bytes are. @throws AdapterError malformed, too-large */
export function readPackets(bytes: Uint8Array, place: string): readonly Packet[] {
  const cursor = cursorOver(bytes, place);
  const packets: Packet[] = [];
  while (cursor.left() > 0) {
    if (packets.push(readPacket(cursor, place)) > MAX_PACKETS)
      throw new AdapterError("too-large", `${place}: more than ${MAX_PACKETS} packets`);
  }
  return packets;
}

function readPacket(cursor: Cursor, place: string): Packet {
  const head = cursor.byte();
  if ((head & 0x80) === 0) throw damaged(place, "no packet of OpenPGP");
  if ((head & 0x40) !== 0) return readNew(head & 0x3f, cursor, place);
  return readOld((head >> 2) & 0x0f, head & 0x03, cursor, place);
}

// RFC 9580, 4.2.2. GnuPG writes compressed messages with no length at all: they end where the message does.
function readOld(tag: number, lengthType: number, cursor: Cursor, place: string): Packet {
  if (lengthType < 3) return { tag, body: cursor.take(cursor.number(2 ** lengthType)) };
  if (tag !== COMPRESSED) throw damaged(place, "a packet without a length");
  return { tag, body: cursor.rest() };
}

// RFC 9580, 4.2.1.
function readNew(tag: number, cursor: Cursor, place: string): Packet {
  const first = cursor.byte();
  if (first < 224 || first === 255) return { tag, body: cursor.take(lengthOf(first, cursor)) };
  if (tag !== LITERAL && tag !== COMPRESSED) throw damaged(place, "a packet in parts that may have none");
  return { tag, body: joinParts(first, cursor, place) };
}

function lengthOf(first: number, cursor: Cursor): number {
  if (first < 192) return first;
  return first === 255 ? cursor.number(4) : (first - 192) * 256 + cursor.byte() + 192;
}

function joinParts(first: number, cursor: Cursor, place: string): Uint8Array {
  // "The first partial length MUST be at least 512 octets long."
  if ((first & 0x1f) < 9) throw damaged(place, "a first part that is too short");
  const parts: Uint8Array[] = [];
  let length = first;
  for (; length >= 224 && length < 255; length = cursor.byte()) {
    if (parts.push(cursor.take(2 ** (length & 0x1f))) > MAX_PACKETS) throw new AdapterError("too-large", `${place}: too many parts`);
  }
  return Buffer.concat([...parts, cursor.take(lengthOf(length, cursor))]);
}

import { crc32, deflateRawSync } from "node:zlib";

export interface Entry {
  /** With forward slashes, without a leading one. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const VERSION = 20;
const DEFLATED = 8;
const UTF8_NAMES = 0x0800;
/** 1 January 1980, the first day that the format knows: the same entries give the same bytes, whenever they are packed. */
const DAY = 0x0021;
/** A plain file on Unix that everybody may read: Lambda runs as nobody in particular. */
const MODE = 0o100644;
const MADE_ON_UNIX = 0x0314;
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const MOST_ENTRIES = 0xffff;

/** A ZIP archive (PKWARE APPNOTE 6.3.10, without ZIP64), entries in the order of their names. */
export function zip(entries: readonly Entry[]): Uint8Array {
  if (entries.length > MOST_ENTRIES) throw new RangeError(`${entries.length} files are too many for one archive`);
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const packed = deflateRawSync(bytes, { level: 9 });
    const path = Buffer.from(name, "utf8");
    const about = record(
      [2, VERSION],
      [2, UTF8_NAMES],
      [2, DEFLATED],
      [2, 0],
      [2, DAY],
      [4, crc32(bytes)],
      [4, packed.length],
      [4, bytes.length],
    );
    parts.push(record([4, LOCAL]), about, record([2, path.length], [2, 0]), path, packed);
    const place = record([2, path.length], [2, 0], [2, 0], [2, 0], [2, 0], [4, MODE * 0x10000], [4, offset]);
    central.push(record([4, CENTRAL], [2, MADE_ON_UNIX]), about, place, path);
    offset = sizeOf(parts);
  }
  const size = sizeOf(central);
  const end = record([4, END], [2, 0], [2, 0], [2, entries.length], [2, entries.length], [4, size], [4, offset], [2, 0]);
  return Buffer.concat([...parts, ...central, end]);
}

function sizeOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** Little-endian numbers of so many bytes, one after the other. */
function record(...fields: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );
}

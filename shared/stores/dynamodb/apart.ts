/** What a document names that no words help with, as hashes do: each stands beside the text once, as its bytes. */
interface Kind {
  /** Stands in the text with the place of the value: a character that JSON never writes. */
  readonly mark: string;
  readonly pattern: RegExp;
  readonly size: number;
  readonly bytesOf: (value: string) => Buffer;
  readonly print: (bytes: Buffer) => string;
}

const KINDS: readonly Kind[] = [
  {
    mark: "\u0001",
    // What comes before the first entry of a chain is a word.
    pattern: /\b(?!0{64})[0-9a-f]{64}\b/g,
    size: 32,
    bytesOf: (hash) => Buffer.from(hash, "hex"),
    print: (bytes) => bytes.toString("hex"),
  },
  {
    mark: "\u0002",
    pattern: /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
    size: 16,
    bytesOf: (id) => Buffer.from(id.replaceAll("-", ""), "hex"),
    print: (bytes) => bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
  },
  {
    // Of Ed25519: the last letter has two bits.
    mark: "\u0003",
    pattern: /(?<=")[A-Za-z0-9+/]{85}[AQgw]==(?=")/g,
    size: 64,
    bytesOf: (signature) => Buffer.from(signature, "base64"),
    print: (bytes) => bytes.toString("base64"),
  },
];

/** Places are printable characters; what comes after stays in the text. */
const FIRST_PLACE = 0x20;
const MOST = 0x7f - FIRST_PLACE;

/** Text of JSON without what is random in it, but for values that the item's name has; and how many of each kind stand apart, with their bytes. */
export function takeApart(json: string, name: string): { readonly text: string; readonly apart: Buffer } {
  let text = json;
  const tables = KINDS.map(({ mark, pattern, bytesOf }) => {
    const places = new Map<string, number>();
    text = text.replace(pattern, (value) => {
      const place = places.get(value) ?? places.size;
      if (place === MOST || name.includes(value)) return value;
      places.set(value, place);
      return mark + String.fromCharCode(FIRST_PLACE + place);
    });
    return [...places.keys()].map(bytesOf);
  });
  return { text, apart: Buffer.concat([Uint8Array.from(tables, ({ length }) => length), ...tables.flat()]) };
}

/** How many bytes stand before the text. */
export function sizeOfApart(packed: Uint8Array): number {
  return startOf(packed, KINDS.length);
}

/** The JSON again. `packed`: begins with what was taken out of the text. */
export function putTogether(text: string, packed: Uint8Array): string {
  // What was taken out last goes back first: it may have stood right behind a mark.
  return KINDS.reduceRight((json, { mark, size, print }, kind) => {
    const start = startOf(packed, kind);
    return json.replace(new RegExp(`${mark}(.)`, "g"), (_, letter: string) => {
      const at = start + size * (letter.charCodeAt(0) - FIRST_PLACE);
      return print(Buffer.from(packed.subarray(at, at + size)));
    });
  }, text);
}

/** Of the bytes of a kind, behind how many there are of each. */
function startOf(packed: Uint8Array, kind: number): number {
  return KINDS.slice(0, kind).reduce((start, { size }, place) => start + size * (packed[place] ?? 0), KINDS.length);
}

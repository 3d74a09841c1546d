import { BIT_STRING, type Der, elementsIn, expect, malformed, readDer, SET, sequence } from "./der.ts";
import { readOid } from "./der-values.ts";

/** One attribute of a name: `{ type: "CN", value: "SecureBuilder" }`. A type without a short name is its object identifier. */
export interface NameAttribute {
  readonly type: string;
  readonly value: string;
}

// RFC 4514, 3, and the ones that certificates carry besides.
const TYPES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.4": "SN",
  "2.5.4.5": "SERIALNUMBER",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "STREET",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.17": "POSTALCODE",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
};
const UTF8 = 0x0c;
const ONE_BYTE = [0x12, 0x13, 0x14, 0x16, 0x1a];
const BMP = 0x1e;
const PLACE = "name";

/** Attributes of a Name in DER, in its order. @throws AdapterError malformed */
export function readName(bytes: Uint8Array): readonly NameAttribute[] {
  return sequence(readDer(bytes, PLACE), PLACE).flatMap((set) =>
    elementsIn(expect(set, SET, PLACE).content, PLACE).map((attribute) => {
      const [type, value] = sequence(attribute, PLACE);
      const oid = readOid(type, PLACE);
      return { type: TYPES[oid] ?? oid, value: readText(value) };
    }),
  );
}

function readText(element: Der | undefined): string {
  if (element?.tag === BIT_STRING) return Buffer.from(element.content).toString("hex");
  if (element?.tag === UTF8) return decode("utf-8", element.content);
  if (element?.tag === BMP) return decode("utf-16be", element.content);
  if (element !== undefined && ONE_BYTE.includes(element.tag)) return Buffer.from(element.content).toString("latin1");
  throw malformed(PLACE, "a text of a kind that no name has");
}

function decode(encoding: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed(PLACE, "a text in another encoding than it says");
  }
}

/** RFC 4514 text, the last attribute first: `CN=SecureBuilder,O=acme.example,C=US`. */
export function printName(name: readonly NameAttribute[]): string {
  return name
    .map(({ type, value }) => `${type}=${escapeValue(value)}`)
    .reverse()
    .join(",");
}

// RFC 4514, 2.4.
function escapeValue(value: string): string {
  return value.replace(/[",+;<>\\]|^[ #]| $/g, "\\$&").replace(/\0/g, "\\00");
}

import { AdapterError } from "../ports/adapter-error.ts";

export interface JsonLimits {
  /** Bytes of the whole text. */
  readonly maxBytes: number;
  /** Objects and lists inside each other. */
  readonly maxDepth: number;
  /** What is read, for the message: `manifest of shop/api`. */
  readonly place: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads untrusted JSON (RFC 8259). Two readers that disagree on a repeated member name can be shown two documents in one, so a repeated
 * name is refused. A member called `__proto__` is left out: it means nothing to us and becomes a prototype when somebody copies it.
 * @throws AdapterError too-large, malformed
 */
export function readJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  const { maxBytes, maxDepth, place } = limits;
  if (bytes.byteLength > maxBytes) throw new AdapterError("too-large", `${place}: ${bytes.byteLength} bytes, at most ${maxBytes} are read`);
  const members = countMembers(bytes, maxDepth, place);
  const value = parse(bytes, place);
  if (countKeys(value) !== members) throw new AdapterError("malformed", `${place}: an object has two members of one name`);
  return value;
}

function parse(bytes: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    throw new AdapterError("malformed", `${place}: not JSON in UTF-8`);
  }
}

/**
 * Members that a valid text spells out: its colons outside of strings. Also holds the depth, before the parser recurses into it. For an
 * invalid text the count means nothing, and the parser refuses it afterwards.
 */
function countMembers(bytes: Uint8Array, maxDepth: number, place: string): number {
  let members = 0;
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at + 1);
    else if (byte === COLON) members++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      depth++;
      if (depth > maxDepth) throw new AdapterError("malformed", `${place}: nested deeper than ${maxDepth}`);
    }
  }
  return members;
}

/** Place of the closing quote; the text's length where there is none. Searched for, not walked to: signatures and certificates are long strings. */
function endOfString(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(QUOTE, from);
  while (at > from && isEscaped(bytes, at, from)) at = bytes.indexOf(QUOTE, at + 1);
  return at < 0 ? bytes.length : at;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(bytes: Uint8Array, at: number, from: number): boolean {
  let backslash = at - 1;
  while (backslash >= from && bytes[backslash] === BACKSLASH) backslash--;
  return (at - backslash) % 2 === 0;
}

/** Members that the parser kept: a repeated name is kept once. */
function countKeys(root: unknown): number {
  let keys = 0;
  const open: unknown[] = [root];
  for (let value = open.pop(); value !== undefined || open.length > 0; value = open.pop()) {
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === "object" && item !== null) open.push(item);
    } else if (typeof value === "object" && value !== null) {
      keys += countOwn(value as Record<string, unknown>, open);
    }
  }
  return keys;
}

function countOwn(object: Record<string, unknown>, open: unknown[]): number {
  let keys = 0;
  for (const name in object) {
    keys++;
    const member = object[name];
    if (typeof member === "object" && member !== null) open.push(member);
  }
  // Its own members were counted above; only then may it go.
  if (Object.hasOwn(object, "__proto__")) delete object["__proto__"];
  return keys;
}

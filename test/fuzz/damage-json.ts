import { damageBytes } from "./damage-bytes.ts";
import { damageDer } from "./damage-der.ts";
import type { Random } from "./random.ts";

type Json = Record<string, unknown> | unknown[];

/** Where a value stands in its document. */
interface Slot {
  readonly holder: Json;
  readonly name: string;
  readonly value: unknown;
}

// Stands for text that no printer of JSON would write.
const MARK = "\u0001raw\u0001";
const MARKED = JSON.stringify(MARK);

/** One change of a document: a member, its name, its type, how often it stands there, or what a text of base64, PEM or JSON holds. */
export function damageJson(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const document = parse(bytes);
  const strange = parse(other);
  if (document === undefined || strange === undefined || random.isOneIn(10)) return damageBytes(bytes, other, random);
  const [slot, ...more] = slotsIn(document);
  const [stranger, ...strangers] = slotsIn(strange);
  if (slot === undefined || stranger === undefined) return damageBytes(bytes, other, random);
  const raw = random.pick(CHANGES)(random.pick([slot, ...more]), random.pick([stranger, ...strangers]), random);
  const text = JSON.stringify(document, undefined, random.isOneIn(20) ? "\t" : undefined);
  return Buffer.from(raw === undefined ? text : text.replace(MARKED, () => raw));
}

const DEEP = "[".repeat(300);
const DEEP_MEMBERS = '{"a":'.repeat(300);

function parse(bytes: Buffer): Json | undefined {
  try {
    const text = bytes.toString();
    // What an earlier change made so deep can be read, and not be written again.
    if (text.includes(DEEP) || text.includes(DEEP_MEMBERS)) return undefined;
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function slotsIn(root: Json): readonly Slot[] {
  const slots: Slot[] = [];
  const open: Json[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    for (const [name, value] of Object.entries(holder)) {
      slots.push({ holder, name, value });
      if (typeof value === "object" && value !== null) open.push(value as Json);
    }
  }
  return slots;
}

function put({ holder, name }: Slot, value: unknown, under = name): void {
  // Not by assignment: `__proto__` is to become a member.
  Object.defineProperty(holder, under, { value, writable: true, enumerable: true, configurable: true });
}

function remove({ holder, name }: Slot): void {
  if (Array.isArray(holder)) holder.splice(Number(name), 1);
  else delete holder[name];
}

/** @returns text that takes the place of the mark, where one was left */
type Change = (slot: Slot, stranger: Slot, random: Random) => string | undefined | void;

const NAMES = ["__proto__", "constructor", "toString", "", "payload", "digest", "critical", "crit", "x5c", "sig", "keyid"] as const;
const VALUES = [null, true, 0, -1, 1e300, 2 ** 60, "", "0", "-1", "\u0000", "\ud800", "AA==", [], {}, [[]], { a: {} }] as const;

/** Changes the text, or what it stands for. */
function withinText(slot: Slot, stranger: Slot, random: Random): void {
  if (typeof slot.value !== "string") return put(slot, stranger.value);
  put(slot, damageText(slot.value, typeof stranger.value === "string" ? stranger.value : slot.value, random));
}

const CHANGES: readonly [Change, ...Change[]] = [
  withinText,
  withinText,
  withinText,
  withinText,
  withinText,
  withinText,
  remove,
  (slot, _stranger, random) => put(slot, random.pick(VALUES)),
  (slot, stranger) => put(slot, stranger.value),
  (slot, stranger) => put(slot, stranger.value, stranger.name),
  (slot) => put(slot, [slot.value]),
  (slot) => (Array.isArray(slot.holder) ? void slot.holder.push(slot.value) : put(slot, Object.values(slot.holder))),
  // Another name, with the same value.
  (slot, _stranger, random) => {
    remove(slot);
    put(slot, slot.value, random.pick([...NAMES, slot.name.toUpperCase(), `${slot.name} `, slot.name.slice(1)]));
  },
  (slot, stranger, random) => put(slot, stranger.value, random.pick(NAMES)),
  // The same member twice, once in other letters for the same name.
  (slot, stranger, random) => {
    if (Array.isArray(slot.holder)) return undefined;
    const [own, strange] = [JSON.stringify(slot.value), JSON.stringify(stranger.value)];
    put(slot, MARK);
    const name = random.isOneIn(2) ? JSON.stringify(slot.name) : spelled(slot.name);
    return random.isOneIn(2) ? `${own},${name}:${strange}` : `${strange},${name}:${own}`;
  },
  // Depth, and very many.
  (slot, _stranger, random) => {
    put(slot, MARK);
    const count = 1 + random.below(random.isOneIn(50) ? 100_000 : 200);
    return random.pick([`${"[".repeat(count)}${"]".repeat(count)}`, "[".repeat(count), `${'{"a":'.repeat(count)}1${"}".repeat(count)}`]);
  },
  (slot, _stranger, random) => {
    put(slot, MARK);
    return `[${`${JSON.stringify(slot.value)},`.repeat(random.below(40))}${JSON.stringify(slot.value)}]`;
  },
  // Other words for the same text.
  (slot) => {
    put(slot, MARK);
    return typeof slot.value === "string" ? spelled(slot.value) : ` ${JSON.stringify(slot.value)}\n`;
  },
  // Numbers as texts and texts as numbers.
  (slot, _stranger, random) => {
    put(slot, MARK);
    const text = typeof slot.value === "string" || typeof slot.value === "number" ? `${slot.value}` : "";
    const digits = /^-?\d+$/.test(text) ? text : "0";
    return random.pick([digits, JSON.stringify(digits), `"0${digits}"`, `${digits}.0`, `${digits}e0`, `"${digits} "`, `-${digits}`]);
  },
];

function spelled(text: string): string {
  return `"${[...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`;
}

/** Damages what a text stands for, if it stands for bytes or a document, or its letters. */
function damageText(text: string, other: string, random: Random): string {
  if (text.length > 8 && !random.isOneIn(8)) {
    for (const encoding of ["base64", "base64url"] as const) {
      const inner = Buffer.from(text, encoding);
      if (inner.toString(encoding) === text) return damageInner(inner, Buffer.from(other, encoding), random).toString(encoding);
    }
    if (text.startsWith("{")) return damageJson(Buffer.from(text), Buffer.from(other), random).toString();
    if (text.startsWith("-----BEGIN")) return damagePem(text, other, random);
  }
  return damageBytes(Buffer.from(text), Buffer.from(other), random).toString("latin1");
}

function damageInner(inner: Buffer, other: Buffer, random: Random): Buffer {
  if (inner[0] === 0x7b) return damageJson(inner, other, random);
  if (inner[0] === 0x30) return damageDer(inner, other, random);
  const text = inner.toString("latin1");
  return text.startsWith("-----BEGIN")
    ? Buffer.from(damagePem(text, other.toString("latin1"), random), "latin1")
    : damageBytes(inner, other, random);
}

function damagePem(text: string, other: string, random: Random): string {
  if (random.isOneIn(3)) return damageBytes(Buffer.from(text), Buffer.from(other), random).toString("latin1");
  const derIn = (pem: string): Buffer => Buffer.from(/-----\n([^-]+)-----END/.exec(pem)?.[1] ?? "", "base64");
  return text.replace(
    /-----\n([^-]+)-----END/,
    () => `-----\n${damageDer(derIn(text), derIn(other), random).toString("base64")}\n-----END`,
  );
}

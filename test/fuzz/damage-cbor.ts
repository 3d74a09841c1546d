import { damageBytes } from "./damage-bytes.ts";
import { derView } from "./damage-der.ts";
import type { Random } from "./random.ts";

/** A value of CBOR with what is inside, byte strings that hold CBOR included. */
interface Node {
  readonly major: number;
  readonly argument: number;
  /** Of strings. */
  readonly content: Buffer;
  readonly parts: readonly Node[];
}

const NOTHING = Buffer.alloc(0);
const known = new WeakMap<Buffer, readonly Node[]>();

/** One change of a value: head, length, parts or place; what holds it stays right. */
export function damageCbor(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const [root, ...rest] = nodesOf(bytes);
  const [stranger, ...strangers] = nodesOf(other);
  if (root === undefined || stranger === undefined) return damageBytes(bytes, other, random);
  const target = random.pick([root, ...rest]);
  return encode(root, { target, replacement: random.pick(CHANGES)(target, random.pick([stranger, ...strangers]), random) });
}

function nodesOf(bytes: Buffer): readonly Node[] {
  const before = known.get(bytes);
  if (before !== undefined) return before;
  const root = parse(bytes);
  const nodes: Node[] = [];
  const open = root === undefined ? [] : [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    nodes.push(node);
    open.push(...node.parts);
  }
  known.set(bytes, nodes);
  return nodes;
}

/** The one value that these bytes are. Seeds are read, no damage: heads are in their shortest form. */
function parse(bytes: Buffer): Node | undefined {
  const read = valueAt(bytes, 0);
  return read?.end === bytes.length ? read.node : undefined;
}

/** What an envelope (COSE_Sign1) holds, for comparing: strings in hexadecimal, the unprotected header by its names. */
export function cborView(bytes: Buffer): unknown {
  const [list] = parse(bytes)?.parts ?? [];
  if (list === undefined) return undefined;
  const [head, unprotected, ...rest] = list.parts;
  const members = unprotected?.parts ?? [];
  const header: Record<string, unknown> = {};
  for (let at = 0; at + 1 < members.length; at += 2) header[nameOf(members[at])] = textOf(members[at + 1], nameOf(members[at]));
  return { head: textOf(head), header, rest: rest.map((part) => textOf(part)) };
}

function nameOf(node: Node | undefined): string {
  if (node?.major === 3) return node.content.toString();
  return node?.argument === CHAIN ? "x5c" : `label ${node?.argument}`;
}

function textOf(node: Node | undefined, name = ""): unknown {
  if (node === undefined) return undefined;
  if (name === "io.cncf.notary.timestampSignature") return derView(node.content, "token");
  return encode(node, undefined).toString("hex");
}

// Label of the chain of certificates (RFC 9360).
const CHAIN = 33;

function valueAt(bytes: Buffer, at: number): { readonly node: Node; readonly end: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const [major, information] = [first >> 5, first & 0x1f];
  const size = information < 24 ? 0 : 2 ** (information - 24);
  if (size > 4 || at + 1 + size > bytes.length) return undefined;
  const argument = size === 0 ? information : bytes.readUIntBE(at + 1, size);
  const start = at + 1 + size;
  if (major === 2 || major === 3) return stringAt(bytes, start, major, argument);
  return listAt(bytes, start, major, argument);
}

function stringAt(bytes: Buffer, start: number, major: number, length: number): ReturnType<typeof valueAt> {
  if (start + length > bytes.length) return undefined;
  const content = bytes.subarray(start, start + length);
  const inner = major === 2 && (content[0] ?? 0) >> 5 === 5 ? parse(content) : undefined;
  return { node: { major, argument: length, content, parts: inner === undefined ? [] : [inner] }, end: start + length };
}

function listAt(bytes: Buffer, start: number, major: number, argument: number): ReturnType<typeof valueAt> {
  const count = major === 4 ? argument : major === 5 ? argument * 2 : major === 6 ? 1 : 0;
  const parts: Node[] = [];
  let end = start;
  for (let index = 0; index < count; index++) {
    const part = valueAt(bytes, end);
    if (part === undefined) return undefined;
    parts.push(part.node);
    end = part.end;
  }
  return { node: { major, argument, content: NOTHING, parts }, end };
}

interface Place {
  readonly target: Node;
  readonly replacement: Buffer;
}

function encode(node: Node, place: Place | undefined): Buffer {
  if (node === place?.target) return place.replacement;
  const parts = Buffer.concat(node.parts.map((part) => encode(part, place)));
  if (node.major !== 2 && node.major !== 3) return Buffer.concat([head(node.major, node.argument), parts]);
  const content = node.parts.length === 0 ? node.content : parts;
  return Buffer.concat([head(node.major, content.length), content]);
}

function head(major: number, argument: number, least = 0): Buffer {
  const size = Math.max(least, argument < 24 ? 0 : argument < 0x100 ? 1 : argument < 0x10000 ? 2 : 4);
  if (size === 0) return Buffer.of((major << 5) | argument);
  const bytes = Buffer.alloc(1 + size, 0);
  bytes[0] = (major << 5) | (24 + Math.log2(size));
  bytes.writeUIntBE(argument, 1 + Math.max(0, size - 6), Math.min(size, 6));
  return bytes;
}

/** The value with another head before the same content. */
function headed(node: Node, with_: Buffer): Buffer {
  const whole = encode(node, undefined);
  return Buffer.concat([with_, whole.subarray(head(node.major, node.argument).length)]);
}

type Change = (node: Node, stranger: Node, random: Random) => Buffer;

const CHANGES: readonly [Change, ...Change[]] = [
  () => NOTHING,
  (_node, stranger) => encode(stranger, undefined),
  (node) => Buffer.concat([encode(node, undefined), encode(node, undefined)]),
  (node, stranger) => Buffer.concat([encode(node, undefined), encode(stranger, undefined)]),
  (node, stranger, random) => damageBytes(encode(node, undefined), encode(stranger, undefined), random),
  // The same argument in more bytes than it needs.
  (node, _stranger, random) => headed(node, head(node.major, node.argument, random.pick([1, 2, 4, 8]))),
  (node, _stranger, random) => headed(node, head(node.major, Math.max(0, node.argument + random.pick([-1, 1, 2, 100_000])))),
  (node, _stranger, random) => headed(node, head(random.below(8), node.argument)),
  // Indefinite, with the end mark.
  (node) => Buffer.concat([headed(node, Buffer.of((node.major << 5) | 31)), Buffer.of(0xff)]),
  // 2^64 - 1 of them.
  (node) => headed(node, Buffer.concat([Buffer.of((node.major << 5) | 27), Buffer.alloc(8, 0xff)])),
  (node, _stranger, random) =>
    Buffer.concat([Buffer.alloc(1 + random.below(2000), random.pick([0xc1, 0x81, 0xd2])), encode(node, undefined)]),
  // A map with its first member twice.
  (node) => {
    const [key, value] = node.parts;
    if (node.major !== 5 || key === undefined || value === undefined) return encode(node, undefined);
    const parts = [...node.parts, key, value].map((part) => encode(part, undefined));
    return Buffer.concat([head(5, node.argument + 1), ...parts]);
  },
  // A map with members in another order.
  (node) => {
    if (node.major !== 5) return encode(node, undefined);
    const parts = node.parts.map((part) => encode(part, undefined));
    return Buffer.concat([head(5, node.argument), ...parts.slice(2), ...parts.slice(0, 2)]);
  },
];

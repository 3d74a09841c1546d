import { damageBytes } from "./damage-bytes.ts";
import type { Random } from "./random.ts";

/** An element of DER with what is inside, strings that hold DER included. */
interface Node {
  readonly tag: number;
  /** Before the parts: the count of unused bits of a BIT STRING. */
  readonly prefix: Buffer;
  readonly parts: readonly Node[];
  readonly content: Buffer;
}

const NOTHING = Buffer.alloc(0);
const known = new WeakMap<Buffer, readonly Node[]>();

/** One change of an element: tag, length, parts or place. What holds it gets right lengths again, or in one of four cases does not. */
export function damageDer(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const [root, ...rest] = nodesOf(bytes);
  const [stranger, ...strangers] = nodesOf(other);
  if (root === undefined || stranger === undefined) return damageBytes(bytes, other, random);
  const target = random.pick([root, ...rest]);
  return encode(root, target, changed(target, random.pick([stranger, ...strangers]), random));
}

/**
 * What counts in a token, list or answer, found by their structure alone: the signed bytes, with the content that a token's attributes stand
 * for. `undefined`: there is no such structure.
 */
export function derView(bytes: Buffer, kind: "list" | "answer" | "response" | "token"): string | undefined {
  const [root] = parse(bytes, 0) ?? [];
  const at = (node: Node | undefined, ...path: readonly number[]): Node | undefined =>
    path.reduce<Node | undefined>((from, place) => from?.parts.at(place), node);
  const hexOf = (...nodes: readonly (Node | undefined)[]): string | undefined =>
    nodes.every((node) => node !== undefined) ? nodes.map((node) => plain(node).toString("hex")).join(" ") : undefined;
  if (kind === "list") return hexOf(at(root, 0));
  // OCSPResponse: status, [0] { type, OCTET STRING { tbs, ... } }.
  if (kind === "answer") return hexOf(at(root, 1, 0, 1, 0, 0));
  // ContentInfo: type, [0] { version, hashes, { type, [0] { content } }, ..., SET { signer } }; a response has a status before it.
  const data = at(kind === "response" && root?.parts[0]?.tag === 0x30 ? root.parts[1] : root, 1, 0);
  const signer = at(data, -1, 0);
  return hexOf(
    at(data, 2),
    signer?.parts.find(({ tag }) => tag === 0xa0),
  );
}

/** All elements of a text, the outermost first; none where it is no DER. */
function nodesOf(bytes: Buffer): readonly Node[] {
  const before = known.get(bytes);
  if (before !== undefined) return before;
  const [root] = parse(bytes, 0) ?? [];
  const nodes: Node[] = [];
  const open = root === undefined ? [] : [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    nodes.push(node);
    open.push(...node.parts);
  }
  known.set(bytes, nodes);
  return nodes;
}

/** Elements that fill these bytes; `undefined`: they are something else. */
function parse(bytes: Buffer, depth: number): readonly Node[] | undefined {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const head = headAt(bytes, at);
    if (head === undefined || depth > 40) return undefined;
    nodes.push(nodeOf(bytes[at] ?? 0, bytes.subarray(head.start, head.end), depth));
    at = head.end;
  }
  return nodes;
}

function headAt(bytes: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  const first = bytes[at + 1];
  if (first === undefined) return undefined;
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || count > 4 || at + 2 + count > bytes.length) return undefined;
  const start = at + 2 + count;
  const end = start + (count === 0 ? first : bytes.readUIntBE(at + 2, count));
  return end > bytes.length ? undefined : { start, end };
}

function nodeOf(tag: number, content: Buffer, depth: number): Node {
  const unused = tag === 0x03 ? 1 : 0;
  const mayHold = (tag & 0x20) !== 0 || tag === 0x04 || (tag === 0x03 && content[0] === 0);
  const parts = mayHold && content.length > unused + 1 ? parse(content.subarray(unused), depth + 1) : undefined;
  return { tag, prefix: parts === undefined ? NOTHING : content.subarray(0, unused), parts: parts ?? [], content };
}

function encode(node: Node, target: Node, replacement: Buffer): Buffer {
  if (node === target) return replacement;
  if (node.parts.length === 0) return element(node.tag, node.content);
  return element(node.tag, Buffer.concat([node.prefix, ...node.parts.map((part) => encode(part, target, replacement))]));
}

function plain(node: Node): Buffer {
  return encode(node, node, element(node.tag, node.content));
}

function element(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  if (length < 0x100) return Buffer.of(0x81, length);
  if (length < 0x10000) return Buffer.of(0x82, length >> 8, length & 0xff);
  return Buffer.of(0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
}

type Change = (node: Node, stranger: Node, random: Random) => Buffer;

const CHANGES: readonly [Change, ...Change[]] = [
  () => NOTHING,
  (node) => Buffer.concat([plain(node), plain(node)]),
  (_node, stranger) => plain(stranger),
  (node, stranger) => Buffer.concat([plain(node), plain(stranger)]),
  ({ content }, _stranger, random) => element(random.below(256), content),
  ({ tag, content }, _stranger, random) => element(tag ^ random.pick([0x20, 0x80, 0xa0, 0x01]), content),
  ({ tag }) => element(tag, NOTHING),
  ({ tag, content }, { content: other }, random) => element(tag, damageBytes(content, other, random)),
  ({ tag, content }, _stranger, random) =>
    element(tag, Buffer.concat([random.pick([Buffer.of(0), Buffer.of(0x80), Buffer.of(0xff)]), content])),
  ({ tag, content }, _stranger, random) => element(tag, Buffer.concat([content, random.bytes(1)])),
  // Numbers and object identifiers far larger than any.
  ({ tag }, _stranger, random) => element(tag, Buffer.alloc(1 + random.below(20_000), random.pick([0x01, 0x7f, 0x81, 0xff]))),
  // Lengths that lie: too long, too short, indefinite, not in the shortest form, of four bytes and more.
  ({ tag, content }, _stranger, random) => {
    const lie = Math.max(0, content.length + random.pick([-1, 1, 2, 1000]));
    return Buffer.concat([Buffer.of(tag), lengthOf(lie), content]);
  },
  ({ tag, content }) => Buffer.concat([Buffer.of(tag, 0x80), content, Buffer.of(0, 0)]),
  ({ tag, content }) => Buffer.concat([Buffer.of(tag, 0x84, 0, 0, content.length >> 8, content.length & 0xff), content]),
  ({ tag, content }, _stranger, random) => Buffer.concat([Buffer.of(tag, 0x80 | (1 + random.below(127))), random.bytes(8), content]),
  // Depth.
  (node, _stranger, random) => {
    let inner = plain(node);
    for (let depth = random.below(200); depth > 0; depth--) inner = element(0x30, inner);
    return inner;
  },
  (_node, _stranger, random) => Buffer.alloc(1 + random.below(10_000), random.pick([0x30, 0xa0, 0x31])),
];

function changed(node: Node, stranger: Node, random: Random): Buffer {
  return random.pick(CHANGES)(node, stranger, random);
}

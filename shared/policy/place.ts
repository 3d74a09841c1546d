import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import { quote } from "../domain/parse-error.ts";
import { PolicyError, type Problem } from "./policy-error.ts";

export type Path = readonly PropertyKey[];

/** A YAML document as plain values, with the place of each. */
export interface Located {
  readonly data: unknown;
  /** `file:line:column` of the value at a path; of the nearest one around it where there is none. */
  place(path: Path): string;
  /** The same of a key. */
  keyPlace(path: Path): string;
}

const MAX_LENGTH = 1024 * 1024;
// Also what an alias stands for is counted each time: a file that needs more is an attack on memory.
const MAX_NODES = 50_000;
const MAX_DEPTH = 32;

/**
 * Reads YAML 1.2 with the core schema: no tags, no merge keys, no second document, no key twice. Aliases are allowed within the caps.
 * @throws PolicyError
 */
export function readYaml(text: string, file: string): Located {
  const lines = new LineCounter();
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  if (text.length > MAX_LENGTH) throw new PolicyError([{ place: at(0), message: "the file is larger than 1 MiB", mend: "split it" }]);
  // The library compares every key with every other; the set in `readMap` does the same in one pass.
  const document = parseDocument(text, { version: "1.2", schema: "core", uniqueKeys: false, prettyErrors: false, lineCounter: lines });
  const faults = [...syntaxProblems(document, at), ...directiveProblems(document, at)];
  if (faults.length > 0) throw new PolicyError(faults);
  const offsets = new Map<string, number>();
  const state: Reading = { document, offsets, problems: [], at, nodes: 0 };
  const data = read(state, document.contents, [], 0);
  if (state.problems.length > 0) throw new PolicyError(state.problems);
  return { data, place: (path) => at(offsetOf(offsets, path, VALUE)), keyPlace: (path) => at(offsetOf(offsets, path, KEY)) };
}

const VALUE = "value";
const KEY = "key";
const MAX_REPORTED = 20;
const TOO_LARGE = "the file is nested too deeply, or its aliases stand for too much";

interface Reading {
  readonly document: Document;
  readonly offsets: Map<string, number>;
  readonly problems: Problem[];
  readonly at: (offset: number) => string;
  nodes: number;
}

function syntaxProblems(document: Document, at: (offset: number) => string): Problem[] {
  const faults = [...document.errors, ...document.warnings].slice(0, MAX_REPORTED);
  return faults.map(({ message, pos }) => ({
    place: at(pos[0]),
    message: `this YAML is not read: ${message}`,
    mend: "mend the syntax; tags and second documents are not allowed",
  }));
}

// `%YAML 1.1` would turn `no` into false and `1:20` into 80.
function directiveProblems({ directives }: Document, at: (offset: number) => string): Problem[] {
  if (directives?.yaml.explicit !== true || directives.yaml.version === "1.2") return [];
  return [{ place: at(0), message: `YAML ${directives.yaml.version} is not read`, mend: "remove the %YAML line" }];
}

function read(state: Reading, node: Node | null | undefined, path: Path, depth: number): unknown {
  state.nodes += 1;
  if (state.nodes > MAX_NODES || depth > MAX_DEPTH) return refuseSize(state, node);
  note(state, VALUE, path, node);
  return readContent(state, isAlias(node) ? node.resolve(state.document) : node, path, depth);
}

function readContent(state: Reading, node: Node | null | undefined, path: Path, depth: number): unknown {
  if (isMap(node)) return readMap(state, node, path, depth);
  if (isSeq(node)) return node.items.map((item, index) => read(state, asNode(item), [...path, index], depth + 1));
  return isScalar(node) ? node.value : null;
}

function readMap(state: Reading, map: YAMLMap, path: Path, depth: number): Record<string, unknown> {
  const entries = new Map<string, unknown>();
  for (const pair of map.items) {
    const key = readKey(state, pair, entries);
    if (key === undefined) continue;
    const inner = [...path, key];
    note(state, KEY, inner, asNode(pair.key));
    note(state, VALUE, inner, asNode(pair.key));
    entries.set(key, read(state, asNode(pair.value), inner, depth + 1));
  }
  return Object.fromEntries(entries);
}

function readKey(state: Reading, { key }: Pair, known: ReadonlyMap<string, unknown>): string | undefined {
  const place = state.at(asNode(key)?.range?.[0] ?? 0);
  if (!isScalar(key) || typeof key.value !== "string") {
    state.problems.push({ place, message: "a key has to be text", mend: "write a plain word before the colon" });
    return undefined;
  }
  if (!known.has(key.value)) return key.value;
  state.problems.push({ place, message: `${quote(key.value)} stands here twice`, mend: "keep one of the two" });
  return undefined;
}

function refuseSize(state: Reading, node: Node | null | undefined): undefined {
  const isFirst = state.problems.every(({ message }) => message !== TOO_LARGE);
  if (isFirst)
    state.problems.push({
      place: state.at(node?.range?.[0] ?? 0),
      message: TOO_LARGE,
      mend: "write it flatter and without repeated aliases",
    });
  return undefined;
}

function asNode(value: unknown): Node | null {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : null;
}

// The place of the use counts, not that of the anchor; a value that is left empty stands where its key stands.
function note(state: Reading, kind: string, path: Path, node: Node | null | undefined): void {
  const offset = node?.range?.[0];
  const key = placeKey(kind, path);
  if (offset === undefined) return;
  if (isScalar(node) && node.value === null && state.offsets.has(key)) return;
  state.offsets.set(key, offset);
}

function offsetOf(offsets: ReadonlyMap<string, number>, path: Path, kind: string): number {
  const exact = offsets.get(placeKey(kind, path));
  if (exact !== undefined) return exact;
  return path.length === 0 ? 0 : offsetOf(offsets, path.slice(0, -1), VALUE);
}

function placeKey(kind: string, path: Path): string {
  return `${kind} ${JSON.stringify(path.map(String))}`;
}

import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseAst } from "rolldown/parseAst";

/** A node of the syntax tree, read by name: the tree has about 150 kinds of which the rules know ten. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [member: string]: unknown;
}

/** One import, export-from, `import()` or `import("x")` type. */
export interface Import {
  /** The written specifier. */
  readonly specifier: string;
  /** Path in the tree where the specifier is relative, else undefined (a package or `node:`). */
  readonly target: string | undefined;
  readonly node: Node;
  readonly line: number;
}

export interface Source {
  readonly path: string;
  readonly imports: readonly Import[];
  readonly nodes: readonly Node[];
  lineOf(node: Node): number;
}

/** A tree of files: root folder and paths in it, with forward slashes. */
export interface Tree {
  readonly root: string;
  readonly paths: readonly string[];
  readonly sources: readonly Source[];
}

export function readTree(root: string, paths: readonly string[]): Tree {
  const code = paths.filter((path) => path.endsWith(".ts"));
  return { root, paths, sources: code.map((path) => readSource(path, readFileSync(join(root, path), "utf8"))) };
}

function readSource(path: string, text: string): Source {
  const nodes = [...walk(parseAst(text, { lang: "ts" }))];
  const lineOf = (node: Node): number => text.slice(0, node.start).split("\n").length;
  return { path, nodes, lineOf, imports: nodes.flatMap((node) => importOf(path, node, lineOf(node))) };
}

function* walk(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item);
  } else if (isNode(value)) {
    yield value;
    for (const member of Object.values(value)) yield* walk(member);
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

const IMPORTING = [
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
  "TSExternalModuleReference",
];

function importOf(path: string, node: Node, line: number): readonly Import[] {
  if (!IMPORTING.includes(node.type)) return [];
  const source = node["source"] ?? node["expression"];
  if (!isNode(source)) return [];
  // A computed import() could load anything; it is kept under a name that no room may import.
  const specifier = typeof source["value"] === "string" ? source["value"] : "(computed)";
  const target = specifier.startsWith(".") ? posix.normalize(posix.join(posix.dirname(path), specifier)) : undefined;
  return [{ specifier, target, node, line }];
}

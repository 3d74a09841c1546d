import { isPure, mayImport, mayUsePackage, roomOf } from "./rooms.ts";
import { type Import, isNode, type Node, type Source, type Tree } from "./source.ts";

/** Gives one line for each breach: `path:line: what is wrong`. */
export type Rule = (tree: Tree) => readonly string[];

const importsFollowTheTable: Rule = (tree) =>
  perImport(tree, ({ path }, { specifier, target }) => {
    const room = roomOf(path);
    if (target !== undefined)
      return mayImport(room, roomOf(target)) ? undefined : `${room} may not import ${roomOf(target)} (${specifier})`;
    if (specifier.startsWith("node:") || mayUsePackage(room, specifier)) return undefined;
    return `${room} may not import the package ${specifier}`;
  });

const importsReachAFile: Rule = (tree) => {
  const paths = new Set(tree.paths);
  return perImport(tree, (_, { specifier, target }) =>
    target === undefined || paths.has(target) ? undefined : `${specifier} is no file of the tree`,
  );
};

/** Tarjan's strongly connected components over all imports, types included. */
const noCycles: Rule = (tree) => {
  const edges = new Map(tree.sources.map(({ path, imports }) => [path, imports.flatMap(({ target }) => target ?? [])]));
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[] = [];
  const visit = (path: string): number => {
    const index = order.size;
    order.set(path, index);
    stack.push(path);
    let lowest = index;
    for (const next of edges.get(path) ?? []) {
      if (!order.has(next)) lowest = Math.min(lowest, visit(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, order.get(next) ?? index);
    }
    low.set(path, lowest);
    if (lowest === index) {
      const members = stack.splice(stack.indexOf(path));
      if (members.length > 1 || edges.get(path)?.includes(path) === true) cycles.push(`${path}:1: cycle of ${members.sort().join(", ")}`);
    }
    return lowest;
  };
  for (const path of edges.keys()) if (!order.has(path)) visit(path);
  return cycles;
};

const IMPURE_NAMES = [
  "fetch",
  "process",
  "Promise",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "performance",
  "crypto",
  "globalThis",
  "require",
];

const pureRoomsArePure: Rule = (tree) =>
  perNode(tree, (source, node) => {
    if (!isPure(source.path)) return undefined;
    if (node["async"] === true || node.type === "AwaitExpression" || node["await"] === true) return "a pure room does not wait";
    if (isMember(node, "Math", "random")) return "a pure room throws no dice";
    if (isUse(source, node, "Date") && source.path !== "shared/domain/time.ts") return "Date is for domain/time.ts; take an Instant";
    const name = IMPURE_NAMES.find((one) => isUse(source, node, one));
    return name === undefined ? undefined : `a pure room does not know ${name}`;
  });

const pureRoomsImportNoMachine: Rule = (tree) =>
  perImport(tree, ({ path }, { specifier, node }) => {
    if (!isPure(path) || !specifier.startsWith("node:")) return undefined;
    const names = namesOf(node);
    return specifier === "node:crypto" && names.length > 0 && names.every((name) => name === "createHash")
      ? undefined
      : `a pure room may not import ${specifier}`;
  });

const environmentIsReadInOnePlace: Rule = (tree) => [
  ...perNode(tree, ({ path }, node) =>
    isProduct(path) && readsEnvironment(node) ? "process.env is read in shared/runtime/config.ts only" : undefined,
  ),
  ...perImport(tree, ({ path }, { specifier, node }) =>
    isProduct(path) && /^(node:)?process$/.test(specifier) && namesOf(node).includes("env")
      ? "process.env is read in shared/runtime/config.ts only"
      : undefined,
  ),
];

/** `import { z }` keeps 264 KB of locales in the bundle (colinhacks/zod#6050). */
const zodIsANamespace: Rule = (tree) =>
  perImport(tree, (_, { specifier, node }) => {
    if (!/^zod(\/|$)/.test(specifier)) return undefined;
    const specifiers = list(node["specifiers"]);
    const isNamespace = specifier === "zod" && specifiers.length === 1 && specifiers[0]?.type === "ImportNamespaceSpecifier";
    return isNamespace ? undefined : 'write import * as z from "zod"';
  });

const NARROWED = ["only", "skip", "todo", "skipIf", "runIf", "fails"];
const RUNNERS = ["test", "it", "describe", "suite", "bench"];

const everyTestRuns: Rule = (tree) =>
  perNode(tree, ({ path }, node) => {
    if (!path.startsWith("test/") || node.type !== "MemberExpression") return undefined;
    const name = nameOf(node["property"]);
    const isNarrowed = NARROWED.includes(name) && RUNNERS.includes(leftmost(node));
    return isNarrowed ? `.${name} leaves a test out` : undefined;
  });

function leftmost(node: Node): string {
  const inner = node["object"] ?? node["callee"] ?? node["tag"];
  return isNode(inner) ? leftmost(inner) : nameOf(node);
}

function readsEnvironment(node: Node): boolean {
  if (isMember(node, "process", "env")) return true;
  const isTakenApart =
    node.type === "VariableDeclarator" && isNode(node["init"]) && nameOf(node["init"]) === "process" && isNode(node["id"]);
  return isTakenApart && isNode(node["id"]) && list(node["id"]["properties"]).some((property) => nameOf(property["key"]) === "env");
}

function isProduct(path: string): boolean {
  return /^(functions|shared|infra)\//.test(path) && path !== "shared/runtime/config.ts";
}

function isMember(node: Node, object: string, property: string): boolean {
  return node.type === "MemberExpression" && nameOf(node["object"]) === object && nameOf(node["property"]) === property;
}

/** Whether a node reads a global by its name: members and keys of that name do not count. */
function isUse(source: Source, node: Node, name: string): boolean {
  return node.type === "Identifier" && node["name"] === name && !isLabel(source, node);
}

function isLabel(source: Source, node: Node): boolean {
  return source.nodes.some((parent) => {
    const isMemberName = parent.type === "MemberExpression" && parent["property"] === node && parent["computed"] !== true;
    const isKey =
      /Property|Method|Signature|Definition/.test(parent.type) &&
      parent["key"] === node &&
      parent["shorthand"] !== true &&
      parent["computed"] !== true;
    return isMemberName || isKey;
  });
}

function nameOf(node: unknown): string {
  if (!isNode(node)) return "";
  const name = node["name"] ?? node["value"];
  return typeof name === "string" ? name : "";
}

function namesOf(node: Node): readonly string[] {
  const namespace = list(node["specifiers"])
    .filter(({ type }) => type !== "ImportSpecifier")
    .map(() => "*");
  return [
    ...namespace,
    ...list(node["specifiers"])
      .map(({ imported }) => nameOf(imported))
      .filter((name) => name !== ""),
  ];
}

function list(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function perImport(tree: Tree, judge: (source: Source, one: Import) => string | undefined): readonly string[] {
  return tree.sources.flatMap((source) => source.imports.flatMap((one) => line(source.path, () => one.line, judge(source, one))));
}

function perNode(tree: Tree, judge: (source: Source, node: Node) => string | undefined): readonly string[] {
  return tree.sources.flatMap((source) =>
    source.nodes.flatMap((node) => line(source.path, () => source.lineOf(node), judge(source, node))),
  );
}

function line(path: string, number: () => number, breach: string | undefined): readonly string[] {
  return breach === undefined ? [] : [`${path}:${number()}: ${breach}`];
}

export const codeRules = {
  importsFollowTheTable,
  importsReachAFile,
  noCycles,
  pureRoomsArePure,
  pureRoomsImportNoMachine,
  environmentIsReadInOnePlace,
  zodIsANamespace,
  everyTestRuns,
} as const satisfies Readonly<Record<string, Rule>>;

import type { ASTNode } from "@marcbachmann/cel-js";

/** Macros that go over a list or the keys of a map. */
export const COMPREHENSIONS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "filter", "map"]);

/** A node in the few shapes that the checks tell apart. Nodes are the engine's; this is the only place that knows their form. */
export type Shape =
  | {
      readonly kind: "comprehension";
      readonly name: string;
      readonly range: ASTNode;
      readonly variable: string;
      readonly bodies: readonly ASTNode[];
    }
  | { readonly kind: "call"; readonly name: string; readonly isMethod: boolean; readonly parts: readonly ASTNode[] }
  | { readonly kind: "field"; readonly name: string; readonly parts: readonly [ASTNode] }
  | { readonly kind: "name"; readonly name: string; readonly parts: readonly [] }
  | { readonly kind: "text"; readonly value: string; readonly parts: readonly [] }
  | { readonly kind: "list" | "other"; readonly op: string; readonly parts: readonly ASTNode[] };

export function shapeOf(node: ASTNode): Shape {
  switch (node.op) {
    case "rcall": {
      const [name, receiver, given] = node.args as readonly [string, ASTNode, readonly ASTNode[]];
      return methodShape(name, receiver, given);
    }
    case "call": {
      const [name, parts] = node.args as readonly [string, readonly ASTNode[]];
      return { kind: "call", name, isMethod: false, parts };
    }
    case ".": {
      const [inner, name] = node.args as readonly [ASTNode, string];
      return { kind: "field", name, parts: [inner] };
    }
    case "id":
      return { kind: "name", name: String(node.args), parts: [] };
    case "value":
      return typeof node.args === "string" ? { kind: "text", value: node.args, parts: [] } : { kind: "other", op: node.op, parts: [] };
    default:
      return { kind: node.op === "list" ? "list" : "other", op: node.op, parts: nodesIn(node.args) };
  }
}

function methodShape(name: string, receiver: ASTNode, given: readonly ASTNode[]): Shape {
  const [variable, ...bodies] = given;
  return COMPREHENSIONS.has(name) && variable?.op === "id" && bodies.length > 0
    ? { kind: "comprehension", name, range: receiver, variable: String(variable.args), bodies }
    : { kind: "call", name, isMethod: true, parts: [receiver, ...given] };
}

export function partsOf(shape: Shape): readonly ASTNode[] {
  return shape.kind === "comprehension" ? [shape.range, ...shape.bodies] : shape.parts;
}

function nodesIn(value: unknown): readonly ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isNode(value) ? [value] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}

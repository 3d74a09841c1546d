import type { ASTNode } from "@marcbachmann/cel-js";
import { type Shape, shapeOf } from "./syntax.ts";

/** Lengths that the cost of an expression depends on. */
export interface Sizes {
  /** Of a variable that is a list. */
  readonly variable: (name: string) => number;
  /** The greatest length of a text, list or map under a field of this name, anywhere in the evidence. */
  readonly field: (name: string) => number;
  /** The greatest length of an item of a list, or of a value of a map, under a field of this name. */
  readonly item: (name: string) => number;
  /** Instructions of a compiled pattern. */
  readonly pattern: (pattern: string) => number;
  /** The greatest length of all. */
  readonly largest: () => number;
}

// One step is about 10 ns; one instruction of a pattern takes up to twenty of them for each letter. Lists that are made cost memory.
const PER_INSTRUCTION = 20;
const MAKING_AN_ITEM = 20;
const GOING_ON = 10;
/** About a second. */
export const MOST_STEPS = 100_000_000;

/** What the names of a comprehension stand for: an item of this range. */
type Scope = ReadonlyMap<string, { readonly range: ASTNode; readonly scope: Scope }>;

/**
 * The most steps that an expression can take on evidence of these sizes. An upper bound, found without running it: every list is gone through
 * to its end, and both sides of every choice are taken.
 */
export function costOf(node: ASTNode, sizes: Sizes, scope: Scope = new Map()): number {
  const shape = shapeOf(node);
  if (shape.kind !== "comprehension")
    return shape.parts.reduce((sum, part) => sum + costOf(part, sizes, scope), 1 + ownCost(shape, sizes, scope));
  const inner = innerScope(shape, scope);
  const start = shape.name === "map" || shape.name === "filter" ? MAKING_AN_ITEM : GOING_ON;
  const body = shape.bodies.reduce((sum, part) => sum + costOf(part, sizes, inner), start);
  return costOf(shape.range, sizes, scope) + lengthOf(shape.range, sizes, scope) * body;
}

type Comprehension = Extract<Shape, { readonly kind: "comprehension" }>;

function innerScope({ variable, range }: Comprehension, scope: Scope): Scope {
  return new Map([...scope, [variable, { range, scope }]]);
}

function ownCost(shape: Exclude<Shape, Comprehension>, sizes: Sizes, scope: Scope): number {
  const [first, second] = shape.parts;
  if (first === undefined) return 0;
  if (shape.kind === "call") {
    const length = lengthOf(first, sizes, scope);
    return shape.name === "re2" ? matchCost(second, length, sizes) : length / 10;
  }
  if (shape.kind !== "other" || second === undefined) return 0;
  if (shape.op === "in") return 2 * lengthOf(second, sizes, scope);
  return ["==", "!=", "+"].includes(shape.op) ? (lengthOf(first, sizes, scope) + lengthOf(second, sizes, scope)) / 10 : 0;
}

function matchCost(pattern: ASTNode | undefined, length: number, sizes: Sizes): number {
  const text = pattern === undefined ? undefined : shapeOf(pattern);
  return text?.kind === "text" ? 50 + length * PER_INSTRUCTION * sizes.pattern(text.value) : Number.POSITIVE_INFINITY;
}

/** The greatest length that a node's value can have. */
function lengthOf(node: ASTNode, sizes: Sizes, scope: Scope): number {
  const shape = shapeOf(node);
  switch (shape.kind) {
    case "text":
      return shape.value.length;
    case "list":
      return shape.parts.length;
    case "field":
      return sizes.field(shape.name);
    case "name": {
      const bound = scope.get(shape.name);
      return bound === undefined ? sizes.variable(shape.name) : itemLength(bound.range, sizes, bound.scope);
    }
    case "comprehension":
      return lengthOf(shape.range, sizes, scope);
    case "call":
      return 1;
    default:
      return otherLength(shape, sizes, scope);
  }
}

function otherLength({ op, parts }: Extract<Shape, { readonly op: string }>, sizes: Sizes, scope: Scope): number {
  if (op === "+") return parts.reduce((sum, part) => sum + lengthOf(part, sizes, scope), 0);
  if (op === "?:") return Math.max(...parts.map((part) => lengthOf(part, sizes, scope)));
  const [first] = parts;
  return op === "[]" && first !== undefined ? itemLength(first, sizes, scope) : 1;
}

/** The greatest length that an item of a list can have, or a key or value of a map. */
function itemLength(list: ASTNode, sizes: Sizes, scope: Scope): number {
  const shape = shapeOf(list);
  if (shape.kind === "field") return sizes.item(shape.name);
  if (shape.kind === "list") return Math.max(0, ...shape.parts.map((part) => lengthOf(part, sizes, scope)));
  if (shape.kind !== "comprehension") return sizes.largest();
  const body = shape.bodies.at(-1);
  return shape.name === "filter" || body === undefined
    ? itemLength(shape.range, sizes, scope)
    : lengthOf(body, sizes, innerScope(shape, scope));
}

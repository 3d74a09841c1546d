import type { ASTNode } from "@marcbachmann/cel-js";
import { ExpressionError } from "./expression-error.ts";
import { COMPREHENSIONS, partsOf, type Shape, shapeOf } from "./syntax.ts";

const MOST_NESTED = 2;
const FUNCTIONS: ReadonlySet<string> = new Set(["size", "has", "int", "double", "re2"]);
const METHODS: ReadonlySet<string> = new Set(["size", "contains", "startsWith", "endsWith", ...COMPREHENSIONS]);

/** What an expression uses, which decides what evidence it needs. */
export interface Uses {
  readonly variables: ReadonlySet<string>;
  /** Names that are written out, as `.name` or `["name"]`. A record has no others: a name that is worked out finds nothing. */
  readonly fields: ReadonlySet<string>;
  readonly patterns: ReadonlySet<string>;
}

/**
 * What type checking leaves open. Only functions whose cost is known and that work the same in every engine are offered; `matches` goes back
 * without limit in this one.
 * @throws ExpressionError
 */
export function lint(source: string, root: ASTNode, names: readonly string[]): Uses {
  const uses = { variables: new Set<string>(), fields: new Set<string>(), patterns: new Set<string>() };
  const visit = (node: ASTNode, bound: readonly string[], isKept: boolean): void => {
    const shape = shapeOf(node);
    const problem = problemOf(shape, bound, names) ?? (isKept ? growthProblem(shape) : undefined);
    if (problem !== undefined) throw new ExpressionError(source, node.start, problem);
    note(uses, shape, bound);
    const [first, ...rest] = partsOf(shape);
    if (first !== undefined) visit(first, bound, isKept);
    const inner = shape.kind === "comprehension" ? [...bound, shape.variable] : bound;
    for (const part of rest) visit(part, inner, isKept || (shape.kind === "comprehension" && shape.name === "map"));
  };
  visit(root, [], false);
  return uses;
}

function note(uses: { readonly [Key in keyof Uses]: Set<string> }, shape: Shape, bound: readonly string[]): void {
  if (shape.kind === "name" && !bound.includes(shape.name)) uses.variables.add(shape.name);
  if (shape.kind === "field") uses.fields.add(shape.name);
  if (shape.kind === "other" && shape.op === "[]") addText(uses.fields, shape.parts[1]);
  if (shape.kind === "call" && shape.name === "re2") addText(uses.patterns, shape.parts[1]);
}

function addText(texts: Set<string>, node: ASTNode | undefined): void {
  const shape = node === undefined ? undefined : shapeOf(node);
  if (shape?.kind === "text") texts.add(shape.value);
}

function problemOf(shape: Shape, bound: readonly string[], names: readonly string[]): string | undefined {
  if (shape.kind === "comprehension" && names.includes(shape.variable))
    return `${shape.variable} is the name of something else; choose another`;
  if (shape.kind === "comprehension" && bound.length >= MOST_NESTED)
    return `${shape.name} stands inside of two others; let lists be gone through at most ${MOST_NESTED} deep`;
  if (shape.kind === "call") return callProblem(shape);
  return shape.kind === "other" && shape.op === "map" ? "maps cannot be written here" : undefined;
}

/** One `map` after the other must not make texts or lists longer each time: twenty doublings are a million. */
function growthProblem(shape: Shape): string | undefined {
  const grows =
    shape.kind === "list" ||
    (shape.kind === "other" && shape.op === "+") ||
    (shape.kind === "comprehension" && MAKERS.includes(shape.name));
  return grows ? "map may pick and compare, and may not put lists or texts together" : undefined;
}

const MAKERS: readonly string[] = ["map", "filter"];

function callProblem({ name, isMethod, parts }: Extract<Shape, { readonly kind: "call" }>): string | undefined {
  if (name === "matches") return 'write re2(text, "pattern") in place of matches: its time is limited';
  const offered = isMethod ? METHODS : FUNCTIONS;
  if (!offered.has(name)) return `there is no ${name} here (there are ${[...offered].join(", ")})`;
  if (name !== "re2") return undefined;
  const pattern = parts[1];
  return pattern === undefined || shapeOf(pattern).kind !== "text"
    ? "write the pattern of re2 as text: it is checked when the policy is read"
    : undefined;
}

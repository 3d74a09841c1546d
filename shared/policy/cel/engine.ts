import { type ASTNode, Environment, EvaluationError, ParseError, TypeError } from "@marcbachmann/cel-js";
import { nearest } from "../nearest.ts";
import { ExpressionError, ExpressionFailure } from "./expression-error.ts";
import { type Subject, TYPES, type TypeName, VARIABLES } from "./types.ts";

/** A parsed and type-checked expression. */
export interface Program {
  /** As written, for what the engine does not check. */
  readonly ast: ASTNode;
  /** @throws ExpressionFailure where this evidence has no result */
  readonly run: (values: Readonly<Record<string, unknown>>) => boolean;
}

const LIMITS = { maxAstNodes: 2_000, maxDepth: 60, maxListElements: 1_000, maxMapEntries: 0, maxCallArguments: 4 } as const;

/** The engine wants a class for each type: it tells values apart by their constructor. */
const RECORDS: ReadonlyMap<string, new () => Fields> = new Map(
  Object.keys(TYPES).map((name) => [
    name,
    class {
      [field: string]: unknown;
    },
  ]),
);

type Fields = Record<string, unknown>;

/** A value of a type, as the engine wants it: with the fields that an expression names. */
export function record(type: TypeName, fields: object, named: readonly string[]): object {
  const Record = RECORDS.get(type);
  const made: Fields = Record === undefined ? {} : new Record();
  for (const name of named) {
    if (!Object.hasOwn(fields, name)) continue;
    const value: unknown = Reflect.get(fields, name);
    made[name] = MAPS[type].includes(name) ? withMaps(value) : value;
  }
  return made;
}

const MAPS: Readonly<Record<TypeName, readonly string[]>> = mapFields();

function mapFields(): Readonly<Record<TypeName, readonly string[]>> {
  const fields = Object.entries(TYPES).map(([name, type]) => [
    name,
    Object.entries(type).flatMap(([field, { type: of }]) => (of === "dyn" || of === "map<string, string>" ? [field] : [])),
  ]);
  return Object.fromEntries(fields) as Readonly<Record<TypeName, readonly string[]>>;
}

/** An object's own member `constructor` would make the engine take it for another type. A Map has no members of its own. */
function withMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMaps);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, inner]) => [key, withMaps(inner)]));
}

const ENVIRONMENTS: Readonly<Record<Subject, Environment>> = { image: environmentFor("image"), statement: environmentFor("statement") };

function environmentFor(subject: Subject): Environment {
  const environment = new Environment({ limits: LIMITS });
  for (const [name, fields] of Object.entries(TYPES)) {
    const types = Object.fromEntries(Object.entries(fields).map(([field, { type }]) => [field, type]));
    environment.registerType(name, { ctor: RECORDS.get(name) ?? Object, fields: types });
  }
  for (const [name, { type, isList, doc }] of Object.entries(VARIABLES[subject])) {
    environment.registerVariable(name, isList ? `list<${type}>` : type, { description: doc });
  }
  return environment;
}

/**
 * Parses and checks. `re2` decides what `re2(text, pattern)` gives.
 * @throws ExpressionError
 */
export function compileProgram(source: string, subject: Subject, re2: (text: string, pattern: string) => boolean): Program {
  const environment = ENVIRONMENTS[subject].clone().registerFunction("re2(string, string): bool", re2, { async: false });
  const parsed = attempt(source, () => environment.parse(source));
  return {
    ast: parsed.ast,
    run: (values) => {
      // Checked at the first run too; the check below is the one whose outcome people see.
      const result: unknown = evaluate(() => parsed(values));
      if (typeof result === "boolean") return result;
      throw new ExpressionFailure("its result is neither true nor false");
    },
  };
}

/** @throws ExpressionError for an unknown name or field, types that do not go together, or a result that is no bool */
export function checkTypes(source: string, subject: Subject): void {
  const environment = ENVIRONMENTS[subject].clone().registerFunction("re2(string, string): bool", () => false, { async: false });
  const { valid, type, error } = environment.check(source);
  if (!valid) throw toExpressionError(source, error);
  if (type !== "bool") throw new ExpressionError(source, 0, `it gives ${type ?? "nothing"}, and has to give true or false`);
}

function attempt<T>(source: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toExpressionError(source, error);
  }
}

function toExpressionError(source: string, error: unknown): unknown {
  if (!(error instanceof ParseError) && !(error instanceof TypeError) && !(error instanceof EvaluationError)) return error;
  const meant = nearest(/^No such key: (\w+)$/.exec(error.summary)?.[1] ?? "", FIELDS);
  return new ExpressionError(
    source,
    error.range?.start ?? 0,
    meant === undefined ? error.summary : `${error.summary} (did you mean ${meant}?)`,
  );
}

const FIELDS = [...new Set(Object.values(TYPES).flatMap((fields) => Object.keys(fields)))];

function evaluate(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof EvaluationError) throw new ExpressionFailure(error.summary);
    throw error;
  }
}

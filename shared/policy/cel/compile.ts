import { costOf, MOST_STEPS } from "./cost.ts";
import { checkTypes, compileProgram, record } from "./engine.ts";
import { ExpressionError, ExpressionFailure } from "./expression-error.ts";
import { lint, type Uses } from "./lint.ts";
import { compilePattern, type Pattern } from "./pattern.ts";
import { sizesOf } from "./sizes.ts";
import { type Subject, VARIABLES, type ValuesOf } from "./types.ts";

export type Result = { readonly kind: "result"; readonly value: boolean } | { readonly kind: "failed"; readonly why: string };

/** An expression that was parsed, checked and found to have a bound. */
export interface Expression<S extends Subject> {
  readonly source: string;
  readonly uses: Uses;
  /** Ends within the bound on steps, whatever is in the evidence. */
  readonly evaluate: (values: ValuesOf<S>) => Result;
}

/** @throws ExpressionError with line and column */
export function compileExpression<S extends Subject>(source: string, subject: S): Expression<S> {
  const patterns = new Map<string, Pattern>();
  const program = compileProgram(source, subject, (text, pattern) => patterns.get(pattern)?.fits(text) === true);
  const names = Object.keys(VARIABLES[subject]);
  const uses = lint(source, program.ast, names);
  for (const pattern of uses.patterns) {
    const compiled = compilePattern(pattern);
    if (typeof compiled === "string") throw new ExpressionError(source, source.indexOf("re2"), compiled);
    patterns.set(pattern, compiled);
  }
  checkTypes(source, subject);
  return {
    source,
    uses,
    evaluate: (values) => {
      const steps = costOf(
        program.ast,
        sizesOf(values, (pattern) => patterns.get(pattern)?.size ?? 0),
      );
      if (steps > MOST_STEPS)
        return {
          kind: "failed",
          why: `it could take ${steps.toExponential(0)} steps on this evidence, limit ${MOST_STEPS.toExponential(0)}`,
        };
      return run(() => program.run(typed(values, subject, [...uses.fields])));
    },
  };
}

function run(work: () => boolean): Result {
  try {
    return { kind: "result", value: work() };
  } catch (error) {
    if (error instanceof ExpressionFailure) return { kind: "failed", why: error.message };
    throw error;
  }
}

function typed(values: Readonly<Record<string, unknown>>, subject: Subject, named: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(VARIABLES[subject]).flatMap(([name, { type }]) => {
      const value = values[name];
      if (value === undefined) return [];
      return [[name, Array.isArray(value) ? value.map((one: object) => record(type, one, named)) : record(type, Object(value), named)]];
    }),
  );
}

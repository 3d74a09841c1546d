import * as z from "zod";
import { compileExpression, type Expression } from "./compile.ts";
import { ExpressionError } from "./expression-error.ts";
import type { Subject } from "./types.ts";

const LONGEST = 10_000;

/** A field of a policy that holds an expression. */
export function expression<S extends Subject>(subject: S, doc: string) {
  return z
    .string()
    .min(1, { error: "write an expression" })
    .max(LONGEST, { error: `write at most ${LONGEST} characters` })
    .transform((source, context): Expression<S> => {
      try {
        return compileExpression(source, subject);
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        context.issues.push({ code: "custom", input: source, message: error.message });
        return z.NEVER;
      }
    })
    .describe(doc);
}

import * as z from "zod";
import { quote } from "../../domain/parse-error.ts";
import { SEVERITIES } from "../../domain/severity.ts";
import { expression as expressionField } from "../cel/expression.ts";
import { daysUntil } from "../cel/values.ts";
import { defineRule } from "../rule.ts";
import { gatherValues } from "./expression-values.ts";
import { unknown, violated } from "./fact.ts";

const shape = () => ({
  when: expressionField(
    "image",
    "CEL. The image violates the rule where this is true; a result that is an error is unknown, as is missing evidence that it names.",
  ),
  message: z.string().min(1).max(300).optional().describe("What to say of an image that violates it, in place of the expression."),
  remedy: z.string().min(1).max(300).optional().describe("What to do about it."),
  severity: z.enum(SEVERITIES).default("medium").describe("How bad it is."),
});

/** The general rule, for what no other rule can say. */
export const expression = defineRule({
  kind: "expression",
  doc: "An expression in CEL over all evidence does not hold.",
  scope: "each-image",
  shape,
  judge: ({ when, message, remedy, severity }, context) => {
    const days = daysUntil(context.now);
    const { values, gaps } = gatherValues(when.uses, context, days);
    if (gaps.length > 0) return { facts: gaps };
    const result = when.evaluate(values);
    const nextAt = [...when.uses.fields].some((field) => field.endsWith("Days")) ? days.nextAt() : undefined;
    const again = nextAt === undefined ? {} : { recheckAt: nextAt };
    if (result.kind === "failed")
      return { facts: [unknown("expression", `the expression gives no result: ${quote(result.why)}`, MEND)], ...again };
    if (!result.value) return { facts: [], ...again };
    return {
      facts: [
        violated(
          ["expression"],
          message ?? `this holds: ${when.source.slice(0, 200)}`,
          remedy ?? "see the rule for what it asks",
          severity,
        ),
      ],
      ...again,
    };
  },
});

const MEND = "mend the expression: ask has... before what may be missing";

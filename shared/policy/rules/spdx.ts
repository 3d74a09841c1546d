import parseExpression, { type SpdxExpression } from "spdx-expression-parse";

/** `unreadable`: no SPDX expression, such as a free text. */
export type Licence = SpdxExpression | "unreadable";

// A licence's text in place of its name is common in SBOMs. Nothing that is an expression is as long.
const LONGEST = 500;

export function readLicence(text: string): Licence {
  if (text.length > LONGEST) return "unreadable";
  try {
    return parseExpression(text.trim());
  } catch {
    // The parser throws its own errors for everything that it does not know.
    return "unreadable";
  }
}

/**
 * Whether one may use something under an expression when each single licence is judged by `isAllowed`: one side of OR is enough, both of AND are
 * needed. `MIT+` and `GPL-2.0-only WITH Classpath-exception-2.0` are judged as written and, failing that, by the bare id.
 */
export function isUsable(expression: SpdxExpression, isAllowed: (names: readonly string[]) => boolean): boolean {
  if ("conjunction" in expression) {
    const left = isUsable(expression.left, isAllowed);
    return expression.conjunction === "or" ? left || isUsable(expression.right, isAllowed) : left && isUsable(expression.right, isAllowed);
  }
  const id = `${expression.license}${expression.plus === true ? "+" : ""}`;
  return isAllowed(expression.exception === undefined ? [id] : [`${id} WITH ${expression.exception}`, id]);
}

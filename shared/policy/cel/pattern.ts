import { RE2JS, RE2JSSyntaxException } from "re2js";

const LONGEST = 500;

/** A pattern whose time grows only with the length of the text. */
export interface Pattern {
  readonly fits: (text: string) => boolean;
}

/** The pattern, or what is wrong with it. Anywhere in the text unless it has anchors; syntax of RE2 without look-around and back references. */
export function compilePattern(pattern: string): Pattern | string {
  if (pattern.length > LONGEST) return `a pattern has at most ${LONGEST} characters`;
  try {
    const compiled = RE2JS.compile(pattern);
    return { fits: (text) => compiled.matcher(text).find() };
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return `${JSON.stringify(pattern.slice(0, 80))} is no pattern: ${error.message}`;
    throw error;
  }
}

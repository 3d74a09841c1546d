import { RE2JS, RE2JSSyntaxException } from "re2js";

const LONGEST = 500;
const LARGEST = 3_000;

/** A pattern whose time grows only with the length of the text. */
export interface Pattern {
  /** Instructions of the compiled pattern: each letter takes at most so many steps. */
  readonly size: number;
  readonly fits: (text: string) => boolean;
}

/** The pattern, or what is wrong with it. Anywhere in the text unless it has anchors; syntax of RE2 without look-around and back references. */
export function compilePattern(pattern: string): Pattern | string {
  if (pattern.length > LONGEST) return `a pattern has at most ${LONGEST} characters`;
  try {
    const compiled = RE2JS.compile(pattern);
    const size = compiled.programSize();
    if (size > LARGEST) return `${JSON.stringify(pattern.slice(0, 80))} is too large once its repetitions are written out`;
    return { size, fits: (text) => compiled.test(text) };
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return `${JSON.stringify(pattern.slice(0, 80))} is no pattern: ${error.message}`;
    throw error;
  }
}

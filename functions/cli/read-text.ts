import { readFileSync } from "node:fs";
import { ParseError } from "../../shared/domain/parse-error.ts";

/** @throws ParseError where the file cannot be read. `what`: what it is for, in words. */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new ParseError(file, `the ${what} cannot be read (${code})`, "name a file that this user may read");
  }
}

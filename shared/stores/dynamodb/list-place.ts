import { ParseError, quote } from "../../domain/parse-error.ts";

/** The number after which a list goes on. @throws ParseError */
export function readPlace(after: string): number {
  if (/^[0-9]{1,16}$/.test(after) && Number.isSafeInteger(Number(after))) return Number(after);
  throw new ParseError("after", `${quote(after)} is no place in a list`, "give the `next` of the page before, or leave it out");
}

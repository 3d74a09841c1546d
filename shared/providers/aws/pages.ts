import { AdapterError } from "../../ports/adapter-error.ts";
import type { Page } from "./calls.ts";

/** A hundred million of them; who tells of more tells the same again. */
const MOST_PAGES = 100_000;

/** All items, page after page. @throws AdapterError */
export async function* pagesOf<Item>(ask: (next: string | undefined) => Promise<Page<Item>>): AsyncGenerator<Item> {
  let next: string | undefined;
  let marked: string | undefined;
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { items, next: after } = await ask(next);
    yield* items;
    if (after === undefined || after === "") return;
    if (after === marked) throw new AdapterError("malformed", "a list of AWS goes round: its next page was there before");
    // A round of any length comes by the mark again before the list is three times as long, and one token alone is kept.
    if (isPowerOfTwo(page)) marked = after;
    next = after;
  }
  throw new AdapterError("too-large", `a list of AWS has more than ${MOST_PAGES} pages`);
}

function isPowerOfTwo(page: number): boolean {
  return Number.isInteger(Math.log2(page));
}

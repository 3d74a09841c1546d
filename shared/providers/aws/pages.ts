import { AdapterError } from "../../ports/adapter-error.ts";
import type { Page } from "./calls.ts";

/** A hundred million of them; who tells of more tells the same again. */
const MOST_PAGES = 100_000;

/** All items, page after page. @throws AdapterError */
export async function* pagesOf<Item>(ask: (next: string | undefined) => Promise<Page<Item>>): AsyncGenerator<Item> {
  let next: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items, next: after } = await ask(next);
    yield* items;
    if (after === undefined || after === "") return;
    if (after === next) throw new AdapterError("malformed", "a list of AWS goes round: its next page is the same again");
    next = after;
  }
  throw new AdapterError("too-large", `a list of AWS has more than ${MOST_PAGES} pages`);
}

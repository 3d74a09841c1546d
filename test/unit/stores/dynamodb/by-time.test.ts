import fc from "fast-check";
import { expect, test } from "vitest";
import { newestOf } from "../../../../shared/stores/dynamodb/by-time.ts";
import { type Item, numberOf } from "../../../../shared/stores/dynamodb/item.ts";
import type { Requests } from "../../../../shared/stores/dynamodb/requests.ts";

const WITHIN = 15;

/** An index with its lists, each newest first. */
function indexOf(lists: readonly (readonly Item[])[]): Requests {
  const refuse = () => Promise.reject(new Error("only the index is asked"));
  return {
    get: refuse,
    getAll: refuse,
    count: refuse,
    put: refuse,
    putAll: refuse,
    remove: refuse,
    removeAll: refuse,
    write: refuse,
    async *query({ hash, to = Number.MAX_SAFE_INTEGER }) {
      yield* (lists[Number(hash)] ?? []).filter((item) => numberOf(item, "gn") <= Number(to));
    },
  };
}

const LISTED = fc.record({ listed: fc.nat(100), since: fc.nat(WITHIN - 1) });

test("lists come as one, newest first, though each entry stands at a time before its own", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.array(LISTED, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), async (drawn) => {
      const lists = drawn.map((list) =>
        list
          .toSorted((one, other) => other.listed - one.listed)
          .map(({ listed, since }): Item => ({ gn: { N: `${listed}` }, at: { N: `${listed + since}` } })),
      );
      const read = (item: Item) => ({ at: numberOf(item, "at") });
      const names = lists.map((_, place) => `${place}`);
      const found = await Array.fromAsync(newestOf(indexOf(lists), { lists: names, within: WITHIN, page: 3, read }));
      const all = lists.flat().map((item) => numberOf(item, "at"));
      expect(found.map(({ at }) => at)).toEqual(all.toSorted((one, other) => other - one));
    }),
  ));

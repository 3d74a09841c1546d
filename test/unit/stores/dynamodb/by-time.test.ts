import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newestOf, pageOf } from "../../../../shared/stores/dynamodb/by-time.ts";
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

const read = (item: Item) => ({ at: numberOf(item, "at"), name: item["name"]?.S });

function itemsOf(list: readonly { readonly listed: number; readonly since: number }[], place: number): readonly Item[] {
  return list
    .toSorted((one, other) => other.listed - one.listed)
    .map(({ listed, since }, name): Item => ({ gn: { N: `${listed}` }, at: { N: `${listed + since}` }, name: { S: `${place} ${name}` } }));
}

test("lists come as one, newest first, though each entry stands at a time before its own", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.array(LISTED, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), async (drawn) => {
      const lists = drawn.map(itemsOf);
      const names = lists.map((_, place) => `${place}`);
      const found = await Array.fromAsync(newestOf(indexOf(lists), { lists: names, within: WITHIN, page: 3, read }));
      const all = lists.flat().map((item) => numberOf(item, "at"));
      expect(found.map(({ at }) => at)).toEqual(all.toSorted((one, other) => other - one));
    }),
  ));

test("every entry is on one page, whatever others have the same time", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.record({ listed: fc.nat(6), since: fc.nat(2) }), { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 5 }),
      async (drawn, limit) => {
        const lists = drawn.map(itemsOf);
        const names = lists.map((_, place) => `${place}`);
        const shown: (string | undefined)[] = [];
        for (let before = Number.MAX_SAFE_INTEGER; ; ) {
          const end = before;
          const listed = newestOf(indexOf(lists), { lists: names, within: WITHIN, before: end, page: 3, read });
          const page = await pageOf(
            Readable.from(listed).filter(({ at }: { readonly at: number }) => at < end),
            limit,
          );
          shown.push(...page.shown.map(({ name }) => name));
          if (page.next === undefined) break;
          before = Number(page.next);
        }
        const all = lists.flat().map((item) => read(item).name);
        expect(shown).toHaveLength(all.length);
        expect(new Set(shown)).toEqual(new Set(all));
      },
    ),
  ));

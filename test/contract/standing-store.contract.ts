import { expect, test } from "vitest";
import { parseRegistryHost } from "../../shared/domain/image-ref.ts";
import type { Standing } from "../../shared/domain/take-over.ts";
import type { Store } from "../../shared/ports/store.ts";
import { at, keyOf, NOW, recordOf, verdictOf } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const [EAST, WEST] = ["east.example", "west.example:5000"].map((host) => parseRegistryHost(host)) as [
  ReturnType<typeof parseRegistryHost>,
  ReturnType<typeof parseRegistryHost>,
];
const NEW: Standing = { kind: "taking-over", since: NOW, listing: { kind: "not-asked" } };
const EMPTY: Standing = { kind: "in-charge", since: at(1), how: "empty" };

async function remember({ ledger }: Store, name: string, registry: string, fields: Parameters<typeof recordOf>[1]): Promise<void> {
  const image = recordOf(keyOf(name, "shop/api", registry), fields);
  expect(await ledger.commit({ image, intents: [], outcomes: [], journal: [] })).toBe("committed");
}

/** The rules of `StandingStore` in `ports/standing-store.ts`; every store keeps them. */
export function standingStoreContract(withStore: WithStore): void {
  test("a registry that was never watched has no standing, and each keeps its own", () =>
    withStore(async ({ standings }) => {
      expect((await standings.all()).size).toBe(0);
      expect(await standings.change(EAST, () => NEW)).toEqual(NEW);
      await standings.change(WEST, () => EMPTY);
      expect([...(await standings.all())]).toEqual([
        [EAST, NEW],
        [WEST, EMPTY],
      ]);
    }));

  test("a change sees what stands, and one that makes nothing of it leaves it", () =>
    withStore(async ({ standings }) => {
      await standings.change(EAST, () => NEW);
      const seen: (Standing | undefined)[] = [];
      const after = await standings.change(EAST, (before) => {
        seen.push(before);
        return undefined;
      });
      expect(seen).toEqual([NEW]);
      expect(after).toEqual(NEW);
      expect((await standings.all()).get(EAST)).toEqual(NEW);
    }));

  test("of two that change a standing at once, the second sees what the first has made", () =>
    withStore(async ({ standings }) => {
      await standings.change(EAST, () => NEW);
      const charge = (before: Standing | undefined): Standing | undefined => (before?.kind === "taking-over" ? EMPTY : undefined);
      const kinds: (string | undefined)[] = [];
      await Promise.all(
        [0, 1].map(() =>
          standings.change(EAST, (before) => {
            kinds.push(before?.kind);
            return charge(before);
          }),
        ),
      );
      expect(kinds).toEqual(["taking-over", "in-charge"]);
    }));

  test("the images of the plan that was seen last are known, and no others; a change without a plan keeps them", () =>
    withStore(async ({ standings }) => {
      const [a, b, c] = ["a", "b", "c"].map((name) => keyOf(name, "shop/api", EAST));
      const other = keyOf("a", "shop/api", WEST);
      if (a === undefined || b === undefined || c === undefined) throw new Error("three images");
      await standings.change(EAST, () => NEW, [a, b]);
      await standings.change(WEST, () => NEW, [other]);
      await standings.change(EAST, () => NEW, [b, c]);
      await standings.change(EAST, () => EMPTY);
      expect(await standings.shown([a, b, c, other])).toEqual([b, c, other]);
    }));

  test("a change that is refused keeps the plan too", () =>
    withStore(async ({ standings }) => {
      const image = keyOf("a", "shop/api", EAST);
      await standings.change(EAST, () => NEW, [image]);
      await standings.change(EAST, () => undefined, []);
      expect(await standings.shown([image])).toEqual([image]);
    }));

  test("the images of a registry are counted by verdict, with those that nobody has scanned; those that are gone are not", () =>
    withStore(async (store) => {
      const unscanned = { findings: { kind: "absent", counts: {} }, signatures: { kind: "examined", verified: [], found: 0 } };
      await remember(store, "a", EAST, {});
      await remember(store, "b", EAST, { verdict: verdictOf("violating") });
      await remember(store, "c", EAST, { verdict: verdictOf("indeterminate"), evidence: unscanned });
      await remember(store, "d", EAST, { verdict: verdictOf("violating"), presence: "gone" });
      await remember(store, "a", WEST, { evidence: unscanned });
      expect(await store.standings.counts(EAST)).toEqual({
        images: 3,
        verdicts: { compliant: 1, violating: 1, indeterminate: 1 },
        withoutFindings: 1,
      });
    }));
}

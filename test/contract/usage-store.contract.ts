import { expect, test } from "vitest";
import { parseRepository } from "../../shared/domain/image-ref.ts";
import type { UsageReport } from "../../shared/domain/usage.ts";
import { at, digestOf, keyOf, NOW } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const [A, B, C] = [digestOf("a"), digestOf("b"), digestOf("c")];
const API = [{ name: "shop/Deployment/api", owner: "shop" }] as const;
const WEB = [{ name: "shop/Deployment/web" }] as const;
const SHOP_API = parseRepository("shop/api");
const MINUTE = 60_000;

const report = (place: string, seenAt = NOW, fields: Partial<UsageReport> = {}): UsageReport => ({
  place,
  seenAt,
  images: [],
  unmatched: [],
  ...fields,
});
const both = [
  { digest: A, workloads: API },
  { digest: B, workloads: WEB },
];

/** The rules of `UsageStore` in `ports/usage-store.ts`; every store keeps them. */
export function usageStoreContract(withStore: WithStore): void {
  test("a place's report is its last word, whole: what it no longer names does not run there any more", () =>
    withStore(async ({ usage }) => {
      expect(await usage.put(report("east", NOW, { images: both }))).toEqual({ kind: "stored", ended: [] });
      const next = report("east", at(1), { images: [{ digest: B, workloads: API }] });
      expect(await usage.put(next)).toEqual({ kind: "stored", ended: [A] });
      expect(await usage.put(next)).toEqual({ kind: "stored", ended: [] });
      expect(await usage.uses([A], [])).toEqual([{ place: "east", seenAt: at(1), workloads: [], unmatched: [] }]);
      expect(await usage.uses([B], [])).toEqual([{ place: "east", seenAt: at(1), workloads: API, unmatched: [] }]);
    }));

  test("a report that was overtaken changes nothing", () =>
    withStore(async ({ usage }) => {
      await usage.put(report("east", at(10), { images: [{ digest: A, workloads: API }] }));
      expect(await usage.put(report("east", at(9)))).toEqual({ kind: "older" });
      expect(await usage.uses([A], [])).toEqual([{ place: "east", seenAt: at(10), workloads: API, unmatched: [] }]);
    }));

  test("places are told apart, and each that ever reported answers for every digest", () =>
    withStore(async ({ usage }) => {
      await usage.put(report("west", at(5)));
      await usage.put(report("east", NOW, { images: both, unmatched: [{ workload: API[0], repository: SHOP_API }] }));
      expect(await usage.uses([A, B, C], [])).toEqual([
        { place: "east", seenAt: NOW, workloads: [...WEB, ...API], unmatched: [] },
        { place: "west", seenAt: at(5), workloads: [], unmatched: [] },
      ]);
      expect(await usage.uses([], [])).toEqual([
        { place: "east", seenAt: NOW, workloads: [], unmatched: [] },
        { place: "west", seenAt: at(5), workloads: [], unmatched: [] },
      ]);
      expect(await usage.places()).toEqual([
        { place: "east", seenAt: NOW, images: 2, unmatched: 1 },
        { place: "west", seenAt: at(5), images: 0, unmatched: 0 },
      ]);
    }));

  test("a workload without a digest may run what is called like its image in any registry, and one without a name may run anything", () =>
    withStore(async ({ usage }) => {
      const cached = parseRepository("cache/shop/api");
      await usage.put(report("east", NOW, { unmatched: [{ workload: WEB[0], repository: cached }] }));
      const unmatched = async (...names: string[]) =>
        (
          await usage.uses(
            [A],
            names.map((name) => parseRepository(name)),
          )
        )[0]?.unmatched;
      expect(await unmatched("shop/api")).toEqual(WEB);
      expect(await unmatched("other", "api")).toEqual(WEB);
      expect(await unmatched("shop/web", "shop/api-server", "api/web")).toEqual([]);
      await usage.put(
        report("east", at(1), { unmatched: [{ workload: API[0] }, { workload: WEB[0], repository: cached }, { workload: WEB[0] }] }),
      );
      expect(await unmatched("shop/web")).toEqual([...API, ...WEB]);
      expect(await usage.places()).toEqual([{ place: "east", seenAt: at(1), images: 0, unmatched: 3 }]);
      await usage.put(report("east", at(2)));
      expect(await unmatched("shop/api")).toEqual([]);
    }));

  test("a place that is forgotten says nothing any more, and may come back with an older report", () =>
    withStore(async ({ usage }) => {
      const east = report("east", at(10), { images: [{ digest: A, workloads: API }], unmatched: [{ workload: WEB[0] }] });
      await usage.put(east);
      expect(await usage.forget("east")).toEqual([A]);
      expect(await usage.forget("east")).toBeUndefined();
      expect(await usage.uses([A], [])).toEqual([]);
      expect(await usage.put({ ...east, seenAt: NOW, images: [], unmatched: [] })).toEqual({ kind: "stored", ended: [] });
      expect(await usage.uses([A], [])).toEqual([{ place: "east", seenAt: NOW, workloads: [], unmatched: [] }]);
    }));

  test("the last pull of an image is known, in each repository that it was pulled from", () =>
    withStore(async ({ usage }) => {
      const [here, there] = [keyOf("a"), keyOf("a", "cache/shop/api")];
      await usage.pulled(here, NOW);
      await usage.pulled(here, at(2 * MINUTE));
      await usage.pulled(there, at(MINUTE));
      await usage.pulled(keyOf("b"), at(5 * MINUTE));
      expect(await usage.pulls([A], NOW)).toEqual([
        { image: there, at: at(MINUTE) },
        { image: here, at: at(2 * MINUTE) },
      ]);
      expect(await usage.pulls([A], at(2 * MINUTE))).toEqual([{ image: here, at: at(2 * MINUTE) }]);
      expect(await usage.pulls([A, B, C], at(2 * MINUTE + 1))).toEqual([{ image: keyOf("b"), at: at(5 * MINUTE) }]);
    }));

  test("it is known since when a registry tells of pulls, also of those that are dropped by now, and that another never did", () =>
    withStore(async ({ usage }) => {
      const { registry } = keyOf("a");
      expect(await usage.pullsToldSince(registry)).toBeUndefined();
      await usage.pulled(keyOf("a"), at(5_000));
      await usage.pulled(keyOf("b"), NOW);
      await usage.pulled(keyOf("a"), at(100 * 86_400_000));
      expect(await usage.pullsToldSince(registry)).toBe(NOW);
      expect(await usage.pullsToldSince(keyOf("a", "shop/api", "other.example").registry)).toBeUndefined();
    }));

  test("pulls within a minute are one, pulls that were told late change nothing, and those of 90 days ago are dropped", () =>
    withStore(async ({ usage }) => {
      const days = 86_400_000;
      await usage.pulled(keyOf("a"), NOW);
      await usage.pulled(keyOf("a"), at(MINUTE - 1));
      await usage.pulled(keyOf("a"), at(-MINUTE));
      await Promise.all([usage.pulled(keyOf("c"), at(5 * MINUTE)), usage.pulled(keyOf("c"), at(3 * MINUTE))]);
      expect(await usage.pulls([C], NOW)).toEqual([{ image: keyOf("c"), at: at(5 * MINUTE) }]);
      expect(await usage.pulls([A], at(-days))).toEqual([{ image: keyOf("a"), at: NOW }]);
      await usage.pulled(keyOf("b"), at(90 * days));
      expect(await usage.pulls([A], NOW)).toHaveLength(1);
      await usage.pulled(keyOf("c"), at(90 * days + 1));
      expect(await usage.pulls([A], NOW)).toEqual([]);
    }));
}

import { expect, test } from "vitest";
import type { ImageRecord } from "../../shared/domain/image-record.ts";
import { type ImageKey, parseTag, printImageKey } from "../../shared/domain/image-ref.ts";
import type { Ledger } from "../../shared/ports/ledger.ts";
import { digestOf, keyOf, recordOf } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

/** From a manifest, a tag or a registry to images and where they lie: rules of `ports/ledger.ts`. */
export function imageLinksContract(withStore: WithStore): void {
  test("parents are the indexes that name the digest now, of one repository where it is given", () =>
    withStore(async ({ ledger }) => {
      const child = digestOf("child");
      const index = (key: ImageKey, version: number, children = [child]): ImageRecord =>
        recordOf(key, { version, kind: "index", children });
      for (const key of [keyOf("i1"), keyOf("i2"), keyOf("i3", "shop/web")]) await commit(ledger, { image: index(key, 1) });
      await commit(ledger, { image: index(keyOf("i2"), 2, [digestOf("another")]) });
      const names = async (query: Parameters<Ledger["parents"]>[0]) => new Set((await ledger.parents(query)).map(({ key }) => key.digest));
      expect(await names({ ...keyOf("child"), digest: child })).toEqual(new Set([digestOf("i1")]));
      expect(await names({ digest: child })).toEqual(new Set([digestOf("i1"), digestOf("i3")]));
      expect(await names({ digest: digestOf("nobody's") })).toEqual(new Set());
    }));

  test("images that a tag points at are found, though it is a part of what any number of others are called", () =>
    withStore(async ({ ledger }) => {
      await commit(ledger, { image: recordOf(keyOf("one"), { tags: [parseTag("1")] }) });
      for (let minor = 0; minor < 6; minor += 1)
        await commit(ledger, { image: recordOf(keyOf(`1.${minor}`), { tags: [parseTag(`1.${minor}`)] }) });
      const { registry, repository } = keyOf("one");
      for (const place of [{}, { registry, repository }]) {
        const { items, next } = await ledger.images({ ...place, tag: parseTag("1"), limit: 5 });
        expect([items.map(({ key }) => key.digest), next]).toEqual([[digestOf("one")], undefined]);
      }
      await commit(ledger, { image: recordOf(keyOf("one"), { version: 2, tags: [] }) });
      expect((await ledger.images({ registry, repository, tag: parseTag("1"), limit: 5 })).items).toEqual([]);
    }));

  test("the repositories of a registry are told once each, those of another not at all", () =>
    withStore(async ({ ledger }) => {
      expect(await ledger.repositories(keyOf("a").registry)).toEqual([]);
      const keys = [keyOf("a", "shop/api"), keyOf("b", "shop/api"), keyOf("a", "shop/web"), keyOf("a", "lab", "registry.example.com")];
      for (const key of keys) await commit(ledger, { image: recordOf(key) });
      await commit(ledger, { image: recordOf(keyOf("b", "shop/api"), { version: 2, presence: "gone" }) });
      expect((await ledger.repositories(keyOf("a").registry)).toSorted()).toEqual(["shop/api", "shop/web"]);
    }));

  test("an image that gets a tag back is found under it, and one whose step was not taken is not", () =>
    withStore(async ({ ledger }) => {
      const [a, b, late] = [keyOf("a"), keyOf("b"), keyOf("late")];
      const tag = parseTag("latest");
      const bearing = async (): Promise<ReadonlySet<string>> => {
        const { items } = await ledger.images({ registry: a.registry, repository: a.repository, tag, limit: 50 });
        return new Set(items.map(({ key }) => key.digest));
      };
      await commit(ledger, { image: recordOf(a, { tags: [tag] }) });
      await commit(ledger, { image: recordOf(a, { version: 2, tags: [] }) });
      expect(await bearing()).toEqual(new Set());
      await commit(ledger, { image: recordOf(b, { tags: [tag] }) });
      expect(await bearing()).toEqual(new Set([b.digest]));
      await commit(ledger, { image: recordOf(a, { version: 3, tags: [tag] }) });
      const tooLate = { image: recordOf(late, { version: 5, tags: [tag] }), intents: [], outcomes: [], journal: [] };
      expect(await ledger.commit(tooLate)).toBe("conflict");
      expect(await bearing()).toEqual(new Set([a.digest, b.digest]));
      await commit(ledger, { image: recordOf(b, { version: 2, tags: [] }) });
      await commit(ledger, { image: recordOf(late, { tags: [tag] }) });
      expect(await bearing()).toEqual(new Set([a.digest, late.digest]));
      expect(await ledger.bearers(a, tag, 9)).toEqual([late.digest, a.digest, b.digest]);
    }));

  test("of those that get a tag at once none is missed, and of many that had it in turn the last 20 are told", () =>
    withStore(async ({ ledger }) => {
      const tag = parseTag("latest");
      const { registry, repository } = keyOf("any");
      const bearing = async () => (await ledger.images({ registry, repository, tag, limit: 50 })).items.map(({ key }) => key.digest);
      const keys = Array.from({ length: 30 }, (_, number) => keyOf(`image ${number}`));
      await Promise.all(keys.slice(0, 8).map((key) => commit(ledger, { image: recordOf(key, { tags: [tag] }) })));
      expect(new Set(await bearing())).toEqual(new Set(keys.slice(0, 8).map(({ digest }) => digest)));
      await Promise.all(keys.slice(0, 8).map((key) => commit(ledger, { image: recordOf(key, { version: 2, tags: [] }) })));
      for (const key of keys.slice(8)) {
        expect(await bearing()).toEqual([]);
        await commit(ledger, { image: recordOf(key, { tags: [tag] }) });
        expect(await bearing()).toEqual([key.digest]);
        await commit(ledger, { image: recordOf(key, { version: 2, tags: [] }) });
      }
      const last = keys.map(({ digest }) => digest).toReversed();
      expect((await ledger.bearers({ registry, repository }, tag, 50)).slice(0, 20)).toEqual(last.slice(0, 20));
    }));

  test("carriers are the images of the repository that the manifest is attached to now", () =>
    withStore(async ({ ledger }) => {
      const signature = digestOf("signature");
      const signed = (key: ImageKey, version: number, attached = [signature, digestOf("report")]): ImageRecord =>
        recordOf(key, { version, attached });
      for (const key of [keyOf("a"), keyOf("b"), keyOf("c", "shop/web"), keyOf("d", "shop/api", "other.example")])
        await commit(ledger, { image: signed(key, 1) });
      await commit(ledger, { image: recordOf(keyOf("unsigned")) });
      await commit(ledger, { image: signed(keyOf("b"), 2, [digestOf("report")]) });
      const carriers = async (repository: string, name: string) =>
        (await ledger.carriers(keyOf(name, repository))).map(({ key }) => printImageKey(key));
      expect(await carriers("shop/api", "signature")).toEqual([printImageKey(keyOf("a"))]);
      expect(await carriers("shop/web", "signature")).toEqual([printImageKey(keyOf("c", "shop/web"))]);
      expect(await carriers("shop/api", "report")).toEqual([keyOf("a"), keyOf("b")].map(printImageKey));
      expect(await carriers("shop/api", "nobody's")).toEqual([]);
    }));

  test("of very many carriers 500 are told", () =>
    withStore(async ({ ledger }) => {
      const attached = [digestOf("signature")];
      await Promise.all(
        Array.from({ length: 501 }, (_, number) => commit(ledger, { image: recordOf(keyOf(`image ${number}`), { attached }) })),
      );
      expect(await ledger.carriers(keyOf("signature"))).toHaveLength(500);
    }));
}

async function commit(ledger: Ledger, { image }: { readonly image: ImageRecord }): Promise<void> {
  expect(await ledger.commit({ image, intents: [], outcomes: [], journal: [] })).toBe("committed");
}

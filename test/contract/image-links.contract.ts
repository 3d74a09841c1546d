import { expect, test } from "vitest";
import type { ImageRecord } from "../../shared/domain/image-record.ts";
import { type ImageKey, printImageKey } from "../../shared/domain/image-ref.ts";
import type { Ledger } from "../../shared/ports/ledger.ts";
import { digestOf, keyOf, recordOf } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

/** From a manifest to the images that it belongs to: rules of `ports/ledger.ts`. */
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

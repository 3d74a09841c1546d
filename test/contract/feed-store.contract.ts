import { expect, test } from "vitest";
import type { FeedStore } from "../../shared/ports/feed-store.ts";
import { at, NOW } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const SOURCE = "file kev.json";

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function textOf(feeds: FeedStore, found: Awaited<ReturnType<FeedStore["newest"]>>): Promise<string | undefined> {
  const bytes = found === undefined ? undefined : await feeds.bytes("knownExploited", found.digest);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

/** The rules of `FeedStore` in `ports/feed-store.ts`; every store keeps them. */
export function feedStoreContract(withStore: WithStore): void {
  test("the snapshot in use at a time is given back byte for byte, each line of snapshots by itself", () =>
    withStore(async ({ feeds }) => {
      await feeds.put("knownExploited", SOURCE, { bytes: bytesOf("first"), madeAt: at(-9) }, NOW);
      await feeds.put("knownExploited", SOURCE, { bytes: bytesOf("second"), madeAt: at(-8) }, at(10));
      await feeds.put("knownExploited", "file other.json", { bytes: bytesOf("other"), madeAt: at(-7) }, at(20));
      await feeds.put("withdrawn", SOURCE, { bytes: bytesOf("withdrawn"), madeAt: at(-6) }, at(30));
      const used = [undefined, at(9), at(10), at(-1)].map((asOf) => feeds.newest("knownExploited", SOURCE, asOf));
      const texts = await Promise.all(used.map(async (found) => textOf(feeds, await found)));
      expect(texts).toEqual(["second", "first", "second", undefined]);
      expect(await feeds.newest("knownExploited", SOURCE)).toMatchObject({ madeAt: at(-8), storedAt: at(10), checkedAt: at(10) });
    }));

  test("the same bytes again are the same snapshot, confirmed; after another they are in use once more", () =>
    withStore(async ({ feeds }) => {
      const first = { bytes: bytesOf("first"), madeAt: NOW };
      const digest = await feeds.put("knownExploited", SOURCE, first, NOW);
      expect(await feeds.put("knownExploited", SOURCE, first, at(5))).toBe(digest);
      expect(await feeds.newest("knownExploited", SOURCE)).toEqual({ digest, madeAt: NOW, storedAt: NOW, checkedAt: at(5) });
      await feeds.put("knownExploited", SOURCE, { bytes: bytesOf("second"), madeAt: NOW }, at(6));
      await feeds.put("knownExploited", SOURCE, first, at(7));
      expect(await feeds.newest("knownExploited", SOURCE)).toMatchObject({ digest, storedAt: at(7) });
      expect(await feeds.newest("knownExploited", SOURCE, at(6))).not.toMatchObject({ digest });
    }));

  test("what is applied is remembered until it is taken back", () =>
    withStore(async ({ feeds }) => {
      expect(await feeds.applied("withdrawn")).toBeUndefined();
      const digest = await feeds.put("withdrawn", SOURCE, { bytes: bytesOf("x"), madeAt: NOW }, NOW);
      await feeds.apply("withdrawn", digest);
      expect([await feeds.applied("withdrawn"), await feeds.applied("knownExploited")]).toEqual([digest, undefined]);
      await feeds.apply("withdrawn", undefined);
      expect(await feeds.applied("withdrawn")).toBeUndefined();
    }));

  test("only what went out of use before the time is dropped, never the newest nor what is applied", () =>
    withStore(async ({ feeds }) => {
      const texts = ["old", "applied", "young", "newest"];
      const digests = await Promise.all(
        texts.map((text, number) => feeds.put("knownExploited", SOURCE, { bytes: bytesOf(text), madeAt: NOW }, at(number * 10))),
      );
      await feeds.apply("knownExploited", digests[1]);
      await feeds.prune(at(15));
      const kept = await Promise.all(digests.map(async (digest) => (await feeds.bytes("knownExploited", digest)) !== undefined));
      expect(kept).toEqual([false, true, true, true]);
      await feeds.prune(at(1_000));
      expect(await textOf(feeds, await feeds.newest("knownExploited", SOURCE))).toBe("newest");
    }));
}

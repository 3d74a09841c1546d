import { expect, test } from "vitest";
import { parseRegistryHost, parseRepository } from "../../shared/domain/image-ref.ts";
import { at } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const [HERE, THERE] = [parseRegistryHost("registry.example"), parseRegistryHost("other.example:5000")];
const PLACE = { startedAt: at(5), through: parseRepository("shop/api") };
const UNREAD = { ...PLACE, hasUnread: true } as const;

/** The rules of `SweepStore` in `ports/sweep-store.ts`; every store keeps them. */
export function sweepStoreContract(withStore: WithStore): void {
  test("where a sweep was left is known by its registry until it has come to its end", () =>
    withStore(async ({ sweeps }) => {
      expect(await sweeps.all()).toEqual(new Map());
      await sweeps.leave(HERE, { startedAt: at(5) });
      await sweeps.leave(THERE, PLACE);
      await sweeps.leave(HERE, PLACE);
      expect(await sweeps.all()).toEqual(new Map([HERE, THERE].map((host) => [host, { left: PLACE }])));
      await sweeps.end(HERE, PLACE);
      expect(await sweeps.all()).toEqual(
        new Map([
          [HERE, { wholeAt: at(5) }],
          [THERE, { left: PLACE }],
        ]),
      );
    }));

  test("when a registry was compared whole stays known, whatever becomes of later sweeps", () =>
    withStore(async ({ sweeps }) => {
      await sweeps.end(HERE, { startedAt: at(1) });
      await sweeps.leave(HERE, PLACE);
      expect(await sweeps.all()).toEqual(new Map([[HERE, { left: PLACE, wholeAt: at(1) }]]));
      await sweeps.end(HERE, UNREAD);
      expect(await sweeps.all()).toEqual(new Map([[HERE, { wholeAt: at(1), unreadSince: at(5) }]]));
    }));

  test("since when a registry could not be compared whole is known until it is", () =>
    withStore(async ({ sweeps }) => {
      await sweeps.end(HERE, UNREAD);
      await sweeps.end(HERE, { ...UNREAD, startedAt: at(7) });
      expect(await sweeps.all()).toEqual(new Map([[HERE, { unreadSince: at(5) }]]));
      await sweeps.end(HERE, { startedAt: at(9) });
      expect(await sweeps.all()).toEqual(new Map([[HERE, { wholeAt: at(9) }]]));
    }));

  test("of a registry that is forgotten nothing is known", () =>
    withStore(async ({ sweeps }) => {
      await sweeps.end(HERE, UNREAD);
      await sweeps.end(THERE, PLACE);
      await sweeps.forget(HERE);
      expect([...(await sweeps.all()).keys()]).toEqual([THERE]);
    }));
}

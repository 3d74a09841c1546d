import { expect, test } from "vitest";
import { parseRegistryHost, parseRepository } from "../../shared/domain/image-ref.ts";
import { at } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const [HERE, THERE] = [parseRegistryHost("registry.example"), parseRegistryHost("other.example:5000")];
const PLACE = { startedAt: at(5), through: parseRepository("shop/api") };

/** The rules of `SweepStore` in `ports/sweep-store.ts`; every store keeps them. */
export function sweepStoreContract(withStore: WithStore): void {
  test("where a sweep was left is known by its registry until it has come to its end", () =>
    withStore(async ({ sweeps }) => {
      expect(await sweeps.all()).toEqual(new Map());
      await sweeps.leave(HERE, { startedAt: at(5) });
      await sweeps.leave(THERE, PLACE);
      await sweeps.leave(HERE, PLACE);
      expect(await sweeps.all()).toEqual(new Map([HERE, THERE].map((host) => [host, { left: PLACE }])));
      await sweeps.end(HERE, at(5));
      expect(await sweeps.all()).toEqual(
        new Map([
          [HERE, { wholeAt: at(5) }],
          [THERE, { left: PLACE }],
        ]),
      );
    }));

  test("when a registry was compared whole stays known, whatever becomes of later sweeps", () =>
    withStore(async ({ sweeps }) => {
      await sweeps.end(HERE, at(1));
      await sweeps.leave(HERE, PLACE);
      expect(await sweeps.all()).toEqual(new Map([[HERE, { left: PLACE, wholeAt: at(1) }]]));
      await sweeps.end(HERE);
      expect(await sweeps.all()).toEqual(new Map([[HERE, { wholeAt: at(1) }]]));
    }));

  test("of a registry that was never compared whole it is not known", () =>
    withStore(async ({ sweeps }) => {
      await sweeps.leave(HERE, PLACE);
      await sweeps.end(HERE);
      expect(await sweeps.all()).toEqual(new Map([[HERE, {}]]));
    }));
}

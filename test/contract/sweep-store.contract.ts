import { expect, test } from "vitest";
import { parseRegistryHost, parseRepository } from "../../shared/domain/image-ref.ts";
import type { WithStore } from "./store.ts";

const [HERE, THERE] = [parseRegistryHost("registry.example"), parseRegistryHost("other.example:5000")];
const API = parseRepository("shop/api");

/** The rules of `SweepStore` in `ports/sweep-store.ts`; every store keeps them. */
export function sweepStoreContract(withStore: WithStore): void {
  test("where a sweep was left is known by its registry until it has come to its end", () =>
    withStore(async ({ sweeps }) => {
      expect(await sweeps.left()).toEqual(new Map());
      await sweeps.leave(HERE, {});
      await sweeps.leave(THERE, { through: API });
      await sweeps.leave(HERE, { through: API });
      expect(await sweeps.left()).toEqual(new Map([HERE, THERE].map((host) => [host, { through: API }])));
      await sweeps.end(HERE);
      expect(await sweeps.left()).toEqual(new Map([[THERE, { through: API }]]));
    }));

  test("to end what nobody left changes nothing", () =>
    withStore(async ({ sweeps }) => {
      await sweeps.leave(THERE, { through: API });
      await sweeps.end(HERE);
      expect((await sweeps.left()).size).toBe(1);
    }));
}

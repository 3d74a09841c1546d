import { ParseError } from "../domain/parse-error.ts";
import type { Store, StoreSettings } from "../ports/store.ts";
import { stores } from "../stores/table.ts";

/** @throws ParseError on an unknown kind, AdapterError where the place cannot be opened. */
export async function openStore(kind: string, settings: StoreSettings): Promise<Store> {
  const load = stores[kind];
  if (load === undefined) throw new ParseError("store", `no kind ${kind} is built in`, `write one of ${Object.keys(stores).join(", ")}`);
  return (await load()).open(settings);
}

import { ParseError } from "../domain/parse-error.ts";
import type { Store, StoreSettings } from "../ports/store.ts";
import { stores } from "../stores/table.ts";

/** What a place without a scheme is: the path of a file. */
export const OF_A_FILE = "sqlite";

/** @throws ParseError on an unknown kind, AdapterError where the place cannot be opened. */
export async function openStore(kind: string, settings: StoreSettings): Promise<Store> {
  const load = stores[kind];
  if (load === undefined) throw new ParseError("store", `no kind ${kind} is built in`, `write one of ${Object.keys(stores).join(", ")}`);
  return (await load()).open(settings);
}

/** The kind of store whose place it is: `dynamodb` of `dynamodb://eu-central-1/moorgate`. */
export function kindOf(place: string): string {
  return /^([a-z0-9]+):\/\//.exec(place)?.[1] ?? OF_A_FILE;
}

/** For reading beside the gate that writes it: nothing can be told, for no head can be signed. @throws ParseError, AdapterError */
export function openForReading(place: string): Promise<Store> {
  const refuse = (): never => {
    throw new Error("a store that is opened for reading takes no entry");
  };
  return openStore(kindOf(place), { place, signHead: refuse });
}

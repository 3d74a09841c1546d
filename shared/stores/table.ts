import type { StoreKind } from "../ports/store.ts";

/** The only list of stores; each is loaded when it is used. */
export const stores: Readonly<Record<string, () => Promise<StoreKind>>> = {
  sqlite: async () => (await import("./sqlite/index.ts")).sqlite,
  dynamodb: async () => (await import("./dynamodb/index.ts")).dynamodb,
};

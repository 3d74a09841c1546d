import type { StoreKind } from "../../ports/store.ts";
import { openDynamoStore } from "./open.ts";

/** One table on demand, for many functions at once. Its place is `dynamodb://REGION/TABLE`. */
export const dynamodb: StoreKind = {
  id: "dynamodb",
  open: async (settings) => openDynamoStore(settings),
};

import type { StoreKind } from "../../ports/store.ts";
import { openSqliteStore } from "./open.ts";

/** One file, no server: the default for one machine. */
export const sqlite: StoreKind = {
  id: "sqlite",
  open: async ({ place, ...more }) => openSqliteStore({ file: place, ...more }),
};

import type { Actor } from "./action.ts";
import type { Instant } from "./time.ts";

/** Whether the gate acts of itself. While it is halted it judges and tells, and changes no registry; people may act. */
export type Halt = { readonly kind: "going" } | { readonly kind: "halted"; readonly since: Instant; readonly by: Actor };

export const GOING: Halt = { kind: "going" };

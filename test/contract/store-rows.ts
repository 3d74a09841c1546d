import { stores } from "../../shared/stores/table.ts";

/** Stores that need a server, with the file that starts it and runs the same suites over it. */
export const SERVED: Readonly<Record<string, string>> = { dynamodb: "../interop/dynamodb.test.ts" };

/** Stores that need Node alone. */
export const IN_PROCESS = Object.entries(stores).filter(([id]) => SERVED[id] === undefined);

import type { SinkKind } from "../ports/audit-sink.ts";

/** The only list of kinds of destination; each is loaded when it is used. */
export const sinks: Readonly<Record<string, () => Promise<SinkKind>>> = {
  stdout: async () => (await import("./stdout/index.ts")).stdout,
  webhook: async () => (await import("./webhook/index.ts")).webhook,
};

import { toOcsf } from "../../audit/ocsf.ts";
import type { Delivered, SinkKind } from "../../ports/audit-sink.ts";
import { fitting } from "../batch.ts";

const BATCH = { maxEvents: 500, maxBytes: 1024 * 1024 };

/** One OCSF event a line, for a log collector that reads what the process prints. Delivered means: written to the pipe. */
export const stdout: SinkKind = {
  id: "stdout",
  open: ({ name, version }) => ({
    name,
    batch: BATCH,
    async send(entries) {
      const lines = fitting(entries, (entry) => `${JSON.stringify(toOcsf(entry, { version }))}\n`, BATCH, 0);
      return write(process.stdout, lines);
    },
  }),
};

/** Waits until the pipe took it: a reader that stands still stops the sink, not the gate. */
export function write(stream: NodeJS.WritableStream, lines: readonly string[]): Promise<Delivered> {
  return new Promise((resolve) => {
    const onError = (error: Error): void => resolve({ kind: "paused", why: `the output cannot be written: ${error.message}` });
    stream.once("error", onError);
    stream.write(lines.join(""), (error) => {
      if (error === undefined || error === null) {
        stream.removeListener("error", onError);
        resolve({ kind: "delivered", count: lines.length });
      } else onError(error);
    });
  });
}

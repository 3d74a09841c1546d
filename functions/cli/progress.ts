import type { Terminal } from "./terminal.ts";

const PATIENCE_MS = 1_000;

/** Says what is being done, on a terminal and only when it takes longer than a second. */
export async function withProgress<T>(terminal: Terminal, what: string, work: () => Promise<T>): Promise<T> {
  const timer = terminal.interactive ? setTimeout(() => terminal.tell(`  ${what} ...`), PATIENCE_MS) : undefined;
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

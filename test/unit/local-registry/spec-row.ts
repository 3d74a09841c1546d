import type { ServedRegistry } from "../../fakes/served-registry.ts";

/** One line of the specification: what is asked and what the answer must be. */
export interface Row {
  readonly rule: string;
  readonly ask: readonly [method: string, path: string];
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
  readonly status: number;
  /** First error code of the body. */
  readonly code?: string;
  /** Headers; null for one that must not be there. */
  readonly answer?: Readonly<Record<string, string | null>>;
  readonly bytes?: Uint8Array | string;
}

/** Asks, and gives what came beside what was due, for one comparison. */
export async function askRow(registry: ServedRegistry, row: Row): Promise<{ readonly came: object; readonly due: object }> {
  const [method, path] = row.ask;
  const response = await registry.send(method, path, { headers: row.headers ?? {}, ...(row.body === undefined ? {} : { body: row.body }) });
  const received = Buffer.from(await response.arrayBuffer());
  const answer = Object.fromEntries(Object.keys(row.answer ?? {}).map((name) => [name, response.headers.get(name)]));
  const code = row.code === undefined ? undefined : JSON.parse(received.toString()).errors[0].code;
  const bytes = row.bytes === undefined ? undefined : Buffer.from(row.bytes);
  return {
    came: { status: response.status, code, answer, bytes: bytes && received },
    due: { status: row.status, code: row.code, answer: row.answer ?? {}, bytes },
  };
}

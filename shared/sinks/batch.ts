import type { AuditSink } from "../ports/audit-sink.ts";

/**
 * The texts of as many entries from the front as fit into one request, rendered one by one: never none, for what is alone too large the
 * destination has to refuse. `between` is what a text costs besides itself.
 */
export function fitting<T>(
  entries: readonly T[],
  render: (entry: T) => string,
  limits: AuditSink["batch"],
  between = 1,
): readonly string[] {
  const texts: string[] = [];
  let bytes = 0;
  for (const entry of entries.slice(0, limits.maxEvents)) {
    const text = render(entry);
    bytes += Buffer.byteLength(text) + between;
    if (texts.length > 0 && bytes > limits.maxBytes) break;
    texts.push(text);
  }
  return texts;
}

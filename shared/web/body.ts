/** How much of a request's body is taken, and how long its sender may need. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly withinMs: number;
}

export type BodyRead =
  | { readonly kind: "read"; readonly bytes: Uint8Array }
  | { readonly kind: "too-large" }
  | { readonly kind: "too-slow" }
  /** Compressed: inflating what a stranger sent is a risk that no sender of ours asks for. */
  | { readonly kind: "compressed" }
  | { readonly kind: "broken" };

const SMALLEST_BUFFER = 16_384;

/**
 * Reads a body into memory, never more of it than allowed: a declared length is believed only to refuse. The stream of a refused body is
 * left unread; the server closes the connection with the answer.
 */
export async function readBody(request: Request, limits: BodyLimits): Promise<BodyRead> {
  if ((request.headers.get("content-encoding") ?? "identity") !== "identity") return { kind: "compressed" };
  if (Number(request.headers.get("content-length") ?? 0) > limits.maxBytes) return { kind: "too-large" };
  if (request.body === null) return { kind: "read", bytes: new Uint8Array() };
  const reader = request.body.getReader();
  const { promise: late, resolve } = Promise.withResolvers<BodyRead>();
  const timer = setTimeout(() => resolve({ kind: "too-slow" }), limits.withinMs);
  try {
    return await Promise.race([late, collect(reader, limits.maxBytes)]);
  } catch {
    return { kind: "broken" };
  } finally {
    clearTimeout(timer);
  }
}

/** One growing buffer: a body in one-byte chunks costs no more memory than in one piece. */
async function collect(reader: ReadableStreamDefaultReader<Uint8Array>, maxBytes: number): Promise<BodyRead> {
  let buffer = new Uint8Array(Math.min(SMALLEST_BUFFER, maxBytes));
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { kind: "read", bytes: buffer.subarray(0, length) };
    if (length + value.byteLength > maxBytes) return { kind: "too-large" };
    if (length + value.byteLength > buffer.byteLength) buffer = grown(buffer, length + value.byteLength, maxBytes);
    buffer.set(value, length);
    length += value.byteLength;
  }
}

function grown(buffer: Uint8Array, needed: number, maxBytes: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(maxBytes, Math.max(needed, buffer.byteLength * 2)));
  larger.set(buffer);
  return larger;
}

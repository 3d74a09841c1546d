import { gunzipSync } from "node:zlib";
import { AdapterError } from "../ports/adapter-error.ts";
import { malformed } from "./reading.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Text of a feed, unpacked where it begins as gzip does (RFC 1952). The size of what comes out is held while it comes out: a small file
 * can hold a very large one.
 * @throws AdapterError too-large, malformed
 */
export function unpack(bytes: Uint8Array, maxBytes: number, place: string): string {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isPacked ? inflate(bytes, maxBytes, place) : bytes;
  if (plain.byteLength > maxBytes) throw tooLarge(maxBytes, place);
  try {
    return utf8.decode(plain);
  } catch {
    throw malformed(`${place}: not text in UTF-8`);
  }
}

function inflate(bytes: Uint8Array, maxBytes: number, place: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    throw code === "ERR_BUFFER_TOO_LARGE" ? tooLarge(maxBytes, place) : malformed(`${place}: the gzip file is damaged or cut off`);
  }
}

function tooLarge(maxBytes: number, place: string): AdapterError {
  return new AdapterError("too-large", `${place}: more than ${maxBytes} bytes when unpacked`);
}

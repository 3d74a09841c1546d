import { AdapterError } from "../../ports/adapter-error.ts";
import { damaged } from "./cursor.ts";

/** What stands between the dashes: `PGP MESSAGE`. */
export type Label = "PGP PUBLIC KEY BLOCK" | "PGP MESSAGE" | "PGP SIGNATURE";

// A payload or key of 1 MiB, encoded.
const MAX_LENGTH = 2 * 1024 * 1024;
const MAX_HEADERS = 20;
const BASE64_LINE = /^[A-Za-z0-9+/]{1,76}={0,2}$/;

/**
 * Takes off ASCII armor (RFC 9580, 6.2): one block and nothing around it but white space. The checksum is no security, but bytes that do not fit
 * it were not meant by whoever wrote them.
 * @throws AdapterError malformed, too-large
 */
export function readArmor(text: string, labels: readonly Label[], place: string): Uint8Array {
  if (text.length > MAX_LENGTH) throw new AdapterError("too-large", `${place}: ${text.length} characters, at most ${MAX_LENGTH} are read`);
  const lines = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trimEnd());
  const label = labels.find((one) => lines[0] === `-----BEGIN ${one}-----` && lines.at(-1) === `-----END ${one}-----`);
  if (label === undefined) throw damaged(place, `no ${labels.join(" or ")} in ASCII armor`);
  return readBody(bodyLines(lines.slice(1, -1), place), place);
}

/** Headers such as `Comment: ...` say nothing that counts; an empty line ends them. */
function bodyLines(lines: readonly string[], place: string): readonly string[] {
  const empty = lines.indexOf("");
  const headers = lines.slice(0, Math.max(0, empty));
  if (empty < 0 || headers.length > MAX_HEADERS || !headers.every((line) => /^[A-Za-z][\w-]{0,31}:(?: |$)/.test(line)))
    throw damaged(place, "no empty line behind the headers of its armor");
  return lines.slice(empty + 1);
}

function readBody(lines: readonly string[], place: string): Uint8Array {
  const last = lines.at(-1) ?? "";
  const checksum = /^=([A-Za-z0-9+/]{4})$/.exec(last)?.[1];
  const data = checksum === undefined ? lines : lines.slice(0, -1);
  const text = data.join("");
  const bytes = Buffer.from(text, "base64");
  if (!data.every((line) => BASE64_LINE.test(line)) || bytes.toString("base64") !== text)
    throw damaged(place, "no canonical base64 in its armor");
  if (checksum !== undefined && Buffer.from(checksum, "base64").readUIntBE(0, 3) !== crc24(bytes))
    throw damaged(place, "the checksum of its armor does not fit");
  return bytes;
}

/** RFC 9580, 6.1.1. */
export function crc24(bytes: Uint8Array): number {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x800000 ? ((crc << 1) ^ 0x864cfb) & 0xffffff : (crc << 1) & 0xffffff;
  }
  return crc;
}

import * as z from "zod";

const STANDARD = /^[A-Za-z0-9+/]+(={0,2})$/;
const URL_SAFE = /^[A-Za-z0-9_-]+(={0,2})$/;

/**
 * Bytes in the JSON of a Google API: base64, standard or URL-safe, with or without padding (protobuf, "ProtoJSON Format"). Alphabets are
 * not mixed and no bits are left over, so that two texts of one form never stand for the same bytes. `undefined` for anything else.
 */
export function decodeBytes(text: string): Buffer | undefined {
  const padding = (STANDARD.exec(text) ?? URL_SAFE.exec(text))?.[1];
  if (padding === undefined) return undefined;
  const bytes = Buffer.from(text, "base64");
  const bare = text.slice(0, text.length - padding.length);
  const isWhole = padding === "" || text.length % 4 === 0;
  const written = bytes.toString("base64url");
  return isWhole && written === bare.replaceAll("+", "-").replaceAll("/", "_") ? bytes : undefined;
}

/** The same as a field; empty is refused. */
export const apiBytes = z.string().transform((text, context) => {
  const bytes = decodeBytes(text);
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: "custom", message: "not bytes in base64" });
  return z.NEVER;
});

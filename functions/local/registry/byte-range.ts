import { Refusal } from "./refusal.ts";

/**
 * The part of a content that is asked for (RFC 9110, section 14). Several ranges at once, other units and an outdated `If-Range` give
 * the whole, which is always a right answer.
 * @returns first and last byte, both included. @throws Refusal 416 where the range lies outside or ends before it begins.
 */
export function readRange(headers: Headers, size: number, etag: string): readonly [number, number] | "whole" {
  const condition = headers.get("if-range");
  const [, from = "", to = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.get("range")?.trim() ?? "") ?? [];
  if ((from === "" && to === "") || (condition !== null && condition !== etag)) return "whole";
  const [first, last] = from === "" ? [Math.max(0, size - Number(to)), size - 1] : [Number(from), lastByte(to, size)];
  if (first <= last) return [first, last];
  throw new Refusal(416, "SIZE_INVALID", `the content has ${size} bytes`, { headers: { "content-range": `bytes */${size}` } });
}

function lastByte(stated: string, size: number): number {
  return stated === "" ? size - 1 : Math.min(Number(stated), size - 1);
}

/** First and last byte of a chunk that is uploaded, as distribution-spec writes them: `0-1023`. */
export function readContentRange(headers: Headers): readonly [number, number] | undefined {
  const stated = headers.get("content-range");
  if (stated === null) return undefined;
  const [, first, last] = /^(?:bytes )?(\d{1,15})-(\d{1,15})(?:\/.*)?$/.exec(stated.trim()) ?? [];
  if (first !== undefined && last !== undefined && Number(first) <= Number(last)) return [Number(first), Number(last)];
  throw new Refusal(416, "BLOB_UPLOAD_INVALID", "Content-Range is not of the form first-last");
}

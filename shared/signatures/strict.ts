import * as z from "zod";
import { quote } from "../domain/parse-error.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { readJson } from "../runtime/json.ts";

/** Payload, bundle or envelope; real ones have 1 to 12 KiB. */
export const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 64;

/** Canonical standard base64 (RFC 4648, section 4): two texts never stand for the same bytes. Empty is refused. */
export const base64 = z.string().transform((text, context) => decodeBase64(text) ?? refuse(context, "not canonical base64"));

/** Bytes of canonical, padded base64 in the standard alphabet; `undefined` for anything else and for no bytes. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.length > 0 && bytes.toString("base64") === text ? bytes : undefined;
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
}

/**
 * Reads untrusted JSON into a shape: size and depth are held before parsing, repeated members are refused.
 * @throws AdapterError too-large, malformed
 */
export function readShape<Shape>(bytes: Uint8Array, shape: z.ZodType<Shape>, place: string): Shape {
  return checkShape(readJson(bytes, { maxBytes: MAX_BYTES, maxDepth: MAX_DEPTH, place }), shape, place);
}

/** @throws AdapterError malformed, naming the member */
export function checkShape<Shape>(document: unknown, shape: z.ZodType<Shape>, place: string): Shape {
  const read = shape.safeParse(document);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const member = quote(issue?.path.map(String).join(".") ?? "");
  throw new AdapterError("malformed", `${place}: ${member}: ${quote(issue?.message ?? "not of the right shape")}`);
}

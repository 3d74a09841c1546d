import * as z from "zod";
import { type Instant, parseInstant } from "../../domain/time.ts";
import { readJson } from "../../runtime/json.ts";
import { base64, checkShape, MAX_BYTES, readShape } from "../strict.ts";
import { type Envelope, malformed, readAttributes, TIMESTAMP } from "./envelope.ts";

// signature-envelope-jws.md: the flattened form with exactly these members. Members of the unprotected header mean nothing but these.
const envelopeShape = z.strictObject({
  payload: z.string(),
  protected: z.string(),
  header: z.looseObject({ x5c: z.array(base64).min(1).max(10), [TIMESTAMP]: base64.optional() }),
  signature: z.string(),
});
const headerShape = z.looseObject({ alg: z.string(), cty: z.unknown(), crit: z.array(z.string()).min(1) });

/** Reads a JWS envelope. @throws AdapterError malformed, too-large, unsupported */
export function readJws(bytes: Uint8Array): Envelope {
  const envelope = readShape(bytes, envelopeShape, "envelope");
  const limits = { maxBytes: MAX_BYTES, maxDepth: 8, place: "protected header" };
  const header = checkShape(readJson(decodeBase64Url(envelope.protected), limits), headerShape, "protected header");
  return {
    algorithm: header.alg,
    attributes: readAttributes({
      contentType: header.cty,
      critical: header.crit,
      has: (name) => Object.hasOwn(header, name),
      text: (name) => textOf(header[name]),
      time: (name) => timeOf(textOf(header[name])),
    }),
    payload: decodeBase64Url(envelope.payload),
    signed: Buffer.from(`${envelope.protected}.${envelope.payload}`, "latin1"),
    signature: decodeBase64Url(envelope.signature),
    certificates: envelope.header.x5c,
    timestamp: envelope.header[TIMESTAMP],
  };
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw malformed("an attribute that is no text");
}

function timeOf(text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  try {
    return parseInstant(text);
  } catch {
    throw malformed("an attribute that is no time");
  }
}

/** RFC 7515, 2: without padding, and in one way only: no text stands for the same bytes as another. */
function decodeBase64Url(text: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length === 0 || bytes.toString("base64url") !== text) throw malformed("not canonical base64url");
  return bytes;
}
